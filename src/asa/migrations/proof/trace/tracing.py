"""Run revisions on a scratch PostgreSQL and watch them."""

from asa.errors import MigrationError
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.proof.guard import run_guarded
from asa.migrations.proof.replay import ALONE, StaleError, replay
from asa.migrations.proof.scratch_server import bench_for
from asa.migrations.proof.trace.watch import watching
from asa.migrations.proof.trace.watched import Trace
from asa.migrations.proof.walk import ends
from asa.migrations.upgrade import upgrade
from asa.model.event import Notify, silent
from asa.model.server import Server

__all__ = ["trace"]


def trace(
    environment: Environment, wanted: tuple[str, ...], lent: str | None, notify: Notify
) -> tuple[Server, tuple[Trace, ...]]:
    """Run revisions on a scratch PostgreSQL, on the schema that comes before them.

    Args:
        environment: The project's Alembic environment.
        wanted: Ids of the revisions to watch; what lies between runs too.
        lent: URL of a server that the user lends; None to start one.
        notify: Told of every revision.

    Returns:
        What they ran on, and what each did.

    Raises:
        MigrationError: A revision fails, or the history before does not replay.
        ScratchError: There is no scratch PostgreSQL.
    """
    with bench_for("postgresql", lent) as bench:
        for _ in range(2):
            try:
                with bench.database() as database:
                    answer = run_guarded(
                        traced,
                        wanted,
                        str(bench.server.about),
                        environment=environment,
                        scratch=database,
                        notify=notify,
                        lent=bench.shared,
                    )
            except StaleError:
                continue
            return bench.server.about, answer.value
    raise MigrationError("the history does not replay twice alike")


def traced(
    environment: Environment, wanted: tuple[str, ...], server: str, notify: Notify
) -> tuple[Trace, ...]:
    """Replay what comes before, then watch; runs behind the guard.

    Raises:
        MigrationError: A revision fails.
    """
    database = environment.database
    assert database is not None  # noqa: S101  (a guarded process always has one)
    with standing_in(environment) as site:
        history = tuple(reversed(site.history.revisions))
        paths = {script.revision: script.path for script in site.history.scripts}
    numbers = [number for number, one in enumerate(history) if one.id in wanted]
    if not numbers:
        return ()
    replay(environment, ends(history[: numbers[0]]), server, silent)
    found = []
    for revision in history[numbers[0] : numbers[-1] + 1]:
        with watching(paths[revision.id], database) as watch:
            upgrade(environment, revision.id, notify, ALONE)
        if revision.id in wanted:
            found.append(Trace(revision.id, tuple(watch.statements)))
    return tuple(found)
