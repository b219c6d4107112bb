"""Capture as a library: what a block of a program sends, into a list, a file or a function.

    with capture() as captured:
        ...
    assert captured.count <= 3

The same under `async with`. Captures nest and run side by side; each sees the engines it was
asked for, in every task and thread of the process.
"""

import os
import secrets
import time
from collections.abc import Callable
from logging import Logger, getLogger
from pathlib import Path
from types import TracebackType
from typing import Any

from ..model.capture_line import (  # noqa: TID252  (loaded by path, under a private name)
    CaptureEnd,
    RerunLine,
    line_to_json,
)
from ..model.observation import Fact  # noqa: TID252
from ..model.record import QueryRecord, Scope  # noqa: TID252
from .engines import is_sought, sought
from .execution import Execution
from .hooks import Hooks
from .library_file import opened
from .listening import listen, unlisten
from .recorder import Recorder, dialect_of, sets_of
from .values import Values, masked

__all__ = ["capture"]

Destination = str | os.PathLike[str] | list[QueryRecord] | Callable[[QueryRecord], object]


class capture:  # noqa: N801  (it is called like a function, as `contextlib.suppress` is)
    """Record the queries of a block.

    Nothing of it stays behind, but an option without effect on the entities that were loaded
    meanwhile, which knows the line that loaded them.

    Args:
        engines: Whose queries: one engine, sync or async, or several; None for every engine
            of the process.
        sink: Where they go. A list is added to; a function is called with each
            `QueryRecord`, in the thread that sent the query; a path is a file that
            `asa optimize` reads, made anew and readable by its owner alone, which says more
            than records do: waits for the pool, idle transactions, connections never
            returned. None for `queries` alone.
        values: Whether bound values are kept; else keyed hashes of them, which tell whether
            two are equal, and SQL without its literals.
        slow_ms: A query that takes at least so long, in milliseconds, is logged as a warning
            by the logger `asa.capture`, without its values.
        root: Directory that files are named relative to; None for the current one.
        append: Whether a file that exists is added to, with several processes at once if need
            be; else it must not exist.

    Attributes:
        queries: What was recorded so far, where `sink` is None or a list.
        count: Statements sent so far.
        total_ms: Their time.

    Raises:
        FileExistsError: `sink` is the path of a file that exists, and `append` is not set.
        OSError: It cannot be written.
    """

    def __init__(
        self,
        engines: Any = None,
        sink: Destination | None = None,
        *,
        values: bool = True,
        slow_ms: float | None = None,
        root: str | os.PathLike[str] | None = None,
        append: bool = False,
    ) -> None:
        self.engines = sought(engines)
        self.append = append
        self.key = b"" if values else secrets.token_bytes(16)
        self.values = Values(self.key)
        self.slow_ms = slow_ms
        self.root = str(root or "")
        self.file = Path(sink) if isinstance(sink, str | os.PathLike) else None
        self.queries: list[QueryRecord] = sink if isinstance(sink, list) else []
        self.take: Callable[[QueryRecord], object] | None = None
        if callable(sink):
            self.take = sink
        elif self.file is None:
            self.take = self.queries.append
        self.recorder: Recorder | None = None
        self.hooks: Hooks | None = None
        self.logger = getLogger("asa.capture")
        self.sent = 0
        self.seconds = 0.0

    @property
    def count(self) -> int:
        """Statements sent so far."""
        self.settle()
        return self.sent

    @property
    def total_ms(self) -> float:
        """Milliseconds of all statements so far."""
        self.settle()
        return self.seconds * 1000

    def clear(self) -> None:
        """Forget what was recorded so far; a file keeps it."""
        self.settle()
        self.queries.clear()
        self.sent, self.seconds = 0, 0.0

    def settle(self) -> None:
        """Take what the hooks still keep."""
        if self.hooks is not None:
            self.hooks.settle()

    def __enter__(self) -> "capture":  # noqa: PYI034  (Self came with Python 3.11)
        if self.hooks is not None:
            raise RuntimeError("this capture is under way already; make another")
        # The ORM tells most of what is to be known; a program without it has it all the same.
        import sqlalchemy.orm  # noqa: F401

        if self.file is not None:
            self.recorder = Recorder(
                opened(self.file, values=not self.key, append=self.append), self.key
            )
        self.hooks = listen(self, self.root)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        hooks, self.hooks = self.hooks, None
        if hooks is None:
            return
        hooks.settle()
        if self.recorder is not None:
            for fact, pool in hooks.pools.still_out(self.recorder.clock):
                self.observed(fact, pool)
            self.recorder.sink.write(line_to_json(CaptureEnd(0, time.time())))
            self.recorder.sink.close()
        unlisten(self)

    async def __aenter__(self) -> "capture":  # noqa: PYI034
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def executed(self, execution: Execution) -> None:
        """Take an execution of the engines sought."""
        if not is_sought(self.engines, execution.engine.pool):
            return
        self.sent += 1
        self.seconds += execution.seconds
        if self.recorder is not None:
            self.recorder.executed(execution)
        if self.take is not None:
            self.take(record_of(execution, self.values))
        if self.slow_ms is not None and execution.seconds * 1000 >= self.slow_ms:
            warn_of_slow(self.logger, execution)

    def observed(self, fact: Fact | RerunLine, pool: Any) -> None:
        """Write what was seen beside executions of the engines sought."""
        if self.recorder is not None and is_sought(self.engines, pool):
            self.recorder.observed(fact, pool)

    def mapped(self, registry: Any) -> None:
        """Write what the program maps."""
        if self.recorder is not None:
            self.recorder.mapped(registry)

    def paused(self) -> None:
        """Write what was taken."""
        if self.recorder is not None:
            self.recorder.paused()

    def failed(self, handler: str, error: Exception) -> None:
        """Say that some queries are missing."""
        self.logger.warning("some queries are missing: %s in %s", type(error).__name__, handler)
        if self.recorder is not None:
            self.recorder.failed(handler, error)

    def forked(self) -> None:
        """Know the child process by its own number."""
        if self.recorder is not None:
            self.recorder.forked()


def record_of(execution: Execution, values: Values) -> QueryRecord:
    """Return an execution as a record."""
    sets = sets_of(execution)
    one = execution.parameters if sets is None else sets[0] if sets else None
    facts, transaction, session = execution.facts, execution.transaction, execution.session
    dialect = dialect_of(execution.engine)
    return QueryRecord(
        sql=values.statement(execution.statement, dialect),
        dialect=dialect,
        parameters=values.kept(one),
        executions=1 if sets is None else len(sets),
        duration_ms=execution.seconds * 1000,
        started_at=time.time() - (time.perf_counter() - execution.clock),
        rows=execution.rows,
        database=execution.engine.url.database,
        entity=facts.entity,
        call_site=facts.site,
        load=facts.load,
        callers=facts.callers,
        scope=Scope(
            process=os.getpid(),
            task=execution.task,
            session=None if session is None else str(session),
            transaction=None if transaction is None else transaction.number,
            label=execution.label,
            gather=execution.gather,
        ),
        error=execution.error,
        batch=execution.many and sets is None,
    )


def warn_of_slow(logger: Logger, execution: Execution) -> None:
    """Log a query that took long: its line and its SQL without literals."""
    sql = masked(execution.statement, dialect_of(execution.engine))
    place = execution.facts.site or "a line that is not known"
    logger.warning("slow query, %.0f ms, from %s: %s", execution.seconds * 1000, place, sql)
