"""Records each execution: SQLAlchemy's events in, one line of the capture out.

Every handler is guarded: what fails in asa is noted in the capture, once a handler and
process, and the program runs on as if nothing had been there.
"""

import atexit
import functools
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from threading import get_ident
from typing import Any, NamedTuple
from weakref import WeakSet

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.exc import MissingGreenlet, StatementError

from ..model.capture_line import (  # noqa: TID252  (loaded by path, under a private name)
    LibraryLine,
    MappedLine,
    TroubleLine,
    line_to_json,
    query_head,
    query_line,
    scope_json,
)
from ..model.record import CallSite, QueryRecord  # noqa: TID252
from .call_site import CallSites
from .sink import Sink
from .values import Values

__all__ = ["Recorder", "record_engines", "record_sessions"]

STARTED = "_asa_started"
SESSION, TRANSACTION = "_asa_session", "_asa_transaction"
"""Attributes that asa leaves on an execution's context and on a connection."""

FACTS = "_asa_facts"
DIALECTS = {"mariadb": "mysql"}
HEADS_KEPT = 2048
UNKNOWN_ROWS = 2**63
"""PyMySQL says 2**64 - 1 of a result that it has not read to its end."""


class Started(NamedTuple):
    """What was known when an execution began; times in seconds."""

    site: CallSite | None
    facts: Any
    clock: float
    at: float


def guarded(handler: Callable[..., None]) -> Callable[..., None]:
    """Make a handler whose failures are noted and never raised."""

    @functools.wraps(handler)
    def run(self: "Recorder", *arguments: Any) -> None:
        try:
            handler(self, *arguments)
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.note(handler.__name__, error)

    return run


class Recorder:
    """The handlers of one process, and what they remember.

    Args:
        sink: Where lines go.
        root: Directory that files are named relative to.
        key: Secret to hash values with; empty where values are kept.
    """

    def __init__(self, sink: Sink, root: str, key: bytes) -> None:
        self.sink = sink
        self.sites = CallSites(root)
        self.values = Values(key)
        self.process = os.getpid()
        self.transactions = count(1)
        self.noted: set[str] = set()
        self.heads: dict[tuple[str, str, str | None, int], tuple[object, str]] = {}
        self.unsent: tuple[int, Any] = (0, None)
        self.facts_of: Callable[..., Any]
        self.mapped: WeakSet[Any] = WeakSet()
        self.mapped_classes: Callable[[Any], Any]
        self.injector: Any = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=sink.flush, after_in_child=self.forked)
        atexit.register(sink.flush)

    def forked(self) -> None:
        """Know the child by its own number; what the parent holds is the parent's to write."""
        self.process = os.getpid()
        self.sink.lines.clear()

    def note(self, handler: str, error: Exception) -> None:
        """Write that a handler failed, the first time that it does."""
        if handler not in self.noted:
            self.noted.add(handler)
            self.sink.write(line_to_json(TroubleLine(self.process, handler, type(error).__name__)))

    @guarded
    def executing(self, *arguments: Any) -> None:
        """Remember where and when an execution began."""
        context = arguments[4]
        facts = context.execution_options.get(FACTS)
        site = self.sites.find(sys._getframe(1)) if facts is None else facts.statement.site
        setattr(context, STARTED, Started(site, facts, time.perf_counter(), time.time()))

    @guarded
    def executed(
        self,
        connection: Connection,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,
    ) -> None:
        """Write an execution that succeeded."""
        ended = time.perf_counter()
        started = getattr(context, STARTED, None)
        if started is not None:
            rows = row_count(cursor, context)
            self.write(connection, statement, parameters, executemany, started, ended, rows=rows)
            if self.injector is not None:
                self.watch(statement, cursor, context, started)

    @guarded
    def failed(self, failure: ExceptionContext) -> None:
        """Write an execution that ended with an error."""
        ended = time.perf_counter()
        context: Any = failure.execution_context
        statement, connection = failure.statement, failure.connection
        if statement is None or connection is None:
            return
        started = getattr(context, STARTED, None)
        if started is None:
            # Not even a cursor was had: MissingGreenlet, from SQLAlchemy 2.1 on.
            greenless = isinstance(failure.original_exception, MissingGreenlet)
            facts = self.take_unsent() if greenless else None
            site = self.sites.find(sys._getframe(1)) if facts is None else facts.statement.site
            started = Started(site, facts, ended, time.time())
        # Without a context the parameters are not yet in the driver's form.
        parameters = None if context is None else failure.parameters
        many = bool(getattr(context, "executemany", False))
        error = error_name(failure)
        if isinstance(failure.original_exception, MissingGreenlet):
            started = unawaited(started)
        self.write(connection, statement, parameters, many, started, ended, error=error)

    def write(
        self,
        connection: Connection,
        statement: str,
        parameters: Any,
        many: bool,
        started: Started,
        ended: float,
        *,
        rows: int | None = None,
        error: str | None = None,
    ) -> None:
        """Put an execution's line together and write it."""
        # A batch of insertmanyvalues is one statement with one flat parameter set.
        sets = parameters if many and isinstance(parameters, list) else None
        one = parameters if sets is None else sets[0] if sets else None
        facts, own = started.facts, connection.__dict__
        self.sink.write(
            query_line(
                self.head(connection, statement, started),
                self.values.parameters(one),
                1 if sets is None else len(sets),
                (ended - started.clock) * 1000,
                started.at,
                rows,
                error,
                scope_json(
                    self.process,
                    task_name(),
                    own.get(SESSION) if facts is None else facts.session,
                    own.get(TRANSACTION),
                    os.environ.get("PYTEST_CURRENT_TEST") if "pytest" in sys.modules else None,
                ),
                batch=many and sets is None,
            )
        )

    def head(self, connection: Connection, statement: str, started: Started) -> str:
        """Return the part of a line that is the same each time, put together once.

        The objects that stand for a line of the program and for the ORM's facts are one
        each, so their identities tell them apart; the cache keeps them alive.
        """
        facts = None if started.facts is None else started.facts.statement
        anchor = started.site if facts is None else facts
        name, database = connection.dialect.name, connection.engine.url.database
        key = (statement, name, database, id(anchor))
        known = self.heads.get(key)
        if known is not None:
            return known[1]
        if len(self.heads) >= HEADS_KEPT:
            self.heads.clear()
        dialect = DIALECTS.get(name, name)
        record = QueryRecord(
            sql=self.values.statement(statement, dialect),
            dialect=dialect,
            database=database,
            entity=None if facts is None else facts.entity,
            call_site=started.site,
            load=None if facts is None else facts.load,
        )
        head = query_head(record)
        self.heads[key] = (anchor, head)
        return head

    @guarded
    def ended(self, connection: Connection, *_: Any) -> None:  # noqa: ARG002
        """Write what a transaction sent: an idle process holds nothing back."""
        self.sink.flush()

    @guarded
    def began(self, connection: Connection, *_: Any) -> None:
        """Number the transaction that a connection begins."""
        connection.__dict__[TRANSACTION] = str(next(self.transactions))

    @guarded
    def joined(self, session: Any, _: Any, connection: Connection) -> None:
        """Remember the session that a connection works for."""
        connection.__dict__[SESSION] = str(session.hash_key)

    @guarded
    def orm_executing(self, state: Any) -> None:
        """Give a statement of the ORM the facts that the cursor events will read."""
        facts = self.facts_of(state, self.sites, sys._getframe(2))
        state.update_execution_options(**{FACTS: facts})
        self.unsent = (get_ident(), facts)
        mapper = state.bind_mapper
        if mapper is not None and mapper.registry not in self.mapped:
            self.tell_mapped(mapper.registry)
        if self.injector is not None and facts.statement.load is None:
            self.inject(state, facts.statement.site)

    @guarded
    def tell_mapped(self, registry: Any) -> None:
        """Write the classes of a registry, the first time that one is queried."""
        self.mapped.add(registry)
        classes = tuple(self.mapped_classes(registry))
        self.sink.write(line_to_json(MappedLine(self.process, classes)))

    @guarded
    def inject(self, state: Any, site: CallSite | None) -> None:
        """Add the loader options that a rerun puts to the proof at a line."""
        self.injector.inject(state, site)

    def watch(self, statement: str, cursor: Any, context: Any, started: Started) -> None:
        """Write what came back at a line where an option is put to the proof."""
        site, facts = started.site, started.facts
        if site is not None and facts and not facts.statement.load and self.injector.at(site):
            line = self.injector.origin_line(self.process, site, statement, cursor, context)
            self.sink.write(line_to_json(line))

    def take_unsent(self) -> Any:
        """Return the facts of the statement that this thread was about to send."""
        (thread, facts), self.unsent = self.unsent, (0, None)
        return facts if thread == get_ident() else None


def unawaited(started: Started) -> Started:
    """Return what was known of an execution, its load marked as one that nothing awaited."""
    facts = started.facts
    if facts is None or facts.statement.load is None:
        return started
    load = replace(facts.statement.load, failed=True)
    return started._replace(facts=facts._replace(statement=facts.statement._replace(load=load)))


def row_count(cursor: Any, context: Any) -> int | None:
    """Return the rows returned or affected; None where the driver does not know them yet."""
    if getattr(context, "_is_server_side", False):
        return None
    fetched = getattr(cursor, "_rows", None)
    if cursor.description is not None and fetched is not None:
        return len(fetched)
    rows = cursor.rowcount
    return rows if isinstance(rows, int) and 0 <= rows < UNKNOWN_ROWS else None


def error_name(failure: ExceptionContext) -> str:
    """Return the class name of the exception that the program sees.

    A bare StatementError only wraps another one, MissingGreenlet from SQLAlchemy 2.1 on.
    """
    seen = failure.sqlalchemy_exception
    if seen is None or type(seen) is StatementError:
        return type(failure.original_exception).__name__
    return type(seen).__name__


def task_name() -> str | None:
    """Return the name of the current asyncio task; None outside of one."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return None
    task = asyncio.current_task()
    return None if task is None else str(task.get_name())


def record_engines(recorder: Recorder) -> None:
    """Listen to every engine of the program, those that exist included."""
    recorder.sink.write(line_to_json(LibraryLine(recorder.process, sqlalchemy.__version__)))
    event.listen(Engine, "before_cursor_execute", recorder.executing)
    event.listen(Engine, "after_cursor_execute", recorder.executed)
    event.listen(Engine, "handle_error", recorder.failed)
    event.listen(Engine, "begin", recorder.began)
    event.listen(Engine, "begin_twophase", recorder.began)
    for name in ("commit", "rollback", "commit_twophase", "rollback_twophase"):
        event.listen(Engine, name, recorder.ended)


def record_sessions(recorder: Recorder, injections: str = "") -> None:
    """Listen to every session of the program; call once `sqlalchemy.orm` is imported.

    Args:
        recorder: Of this process.
        injections: Loader options of a rerun in their JSON form; empty in a plain capture.
    """
    from sqlalchemy.orm import Session

    from .mapping import mapped_classes
    from .orm import facts_of

    recorder.facts_of = facts_of
    recorder.mapped_classes = mapped_classes
    if injections:
        from .inject import Injector

        recorder.injector = Injector(injections)
    event.listen(Session, "after_begin", recorder.joined)
    event.listen(Session, "do_orm_execute", recorder.orm_executing)
