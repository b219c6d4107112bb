"""The proof guard: what runs behind it reaches one scratch database and nothing else.

A proof runs the project's env.py, and nobody knows what that does: it may ignore the database
that it is handed, hold an engine of its own since its import, or call a driver itself. So
every replay, proof and dry run happens in a process of its own, in which

    disguise   the URLs in the environment, `.env` included, name the scratch database
    redirect   whatever engine connects, it is led to the scratch database
    drivers    a driver that is called without an engine must name the scratch database
    watch      a socket, an SQLite file or a program other than the scratch's is refused

`run_guarded` starts that process and brings back what its work returned. The guard has no
switch. It is meant for projects that do the unexpected, not for hostile ones.
"""

from asa.migrations.proof.guard.guarded import OverdueError, end_running, run_guarded

__all__ = ["OverdueError", "end_running", "run_guarded"]
