"""The first thing in each process: report in, and wait for SQLAlchemy to be imported.

A process that never imports it pays for one short write and one name comparison an import.
"""

from __future__ import annotations

import os
import sys
import time

from .import_hook import watch
from .sink import Sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FILE", "INJECT", "KEY", "ROOT", "SOURCES", "start"]

FILE, ROOT, KEY = "ASA_CAPTURE_FILE", "ASA_CAPTURE_ROOT", "ASA_CAPTURE_KEY"
"""Environment of a captured program: the file to append to, the directory that paths are
shown relative to, and, where values may not be kept, the secret that they are hashed with."""

INJECT = "ASA_CAPTURE_INJECT"
"""Environment of a rerun: the loader options to add, as `inject` reads them."""

SOURCES = "ASA_CAPTURE_SOURCES"
"""Environment of a rerun: the file of the sources to load instead of those on disk."""


def start(environ: Mapping[str, str]) -> None:
    """Report in and watch for SQLAlchemy, where the environment asks for it."""
    file = environ.get(FILE)
    if not file:
        return
    sink = Sink(file)
    report(sink)
    if environ.get(SOURCES):
        attempt(sink, "substitution", lambda: load_others(environ[SOURCES], sink))
    sink.close()
    root, key = environ.get(ROOT, ""), bytes.fromhex(environ.get(KEY, ""))

    def new_recorder() -> None:
        import atexit

        from .listening import listen
        from .logged import hear_logged
        from .recorder import Recorder

        recorder = Recorder(sink, key)
        hooks = listen(recorder, root)
        atexit.register(recorder.end, hooks)
        hear_logged(lambda error: recorder.ended_by(error, hooks))

    def new_sessions() -> None:
        from .listening import set_up_sessions

        set_up_sessions(environ.get(INJECT, ""))

    watch(
        {
            "sqlalchemy": lambda: attempt(sink, "import", new_recorder),
            "sqlalchemy.orm": lambda: attempt(sink, "import of the ORM", new_sessions),
        }
    )


def load_others(file: str, sink: Sink) -> None:
    """Load other source for some modules of the program."""
    from .substitute import substitute

    substitute(file, sink)


def attempt(sink: Sink, what: str, act: Callable[[], None]) -> None:
    """Act; write what fails into the capture, where the user will be told of it."""
    try:
        act()
    except Exception as error:  # noqa: BLE001  (capture never breaks the program)
        sink.write(
            f'{{"kind":"trouble","process":{os.getpid()},"handler":"{what}",'
            f'"error":"{type(error).__name__}"}}\n'
        )
        sink.flush()


def report(sink: Sink) -> None:
    """Write the `process` line; by hand, since `json` would be imported for it alone."""
    python = ".".join(map(str, sys.version_info[:3]))
    sink.write(
        f'{{"kind":"process","process":{os.getpid()},"parent":{os.getppid()},'
        f'"python":"{python}","started_at":{time.time():.6f}}}\n'
    )
