"""SQLAlchemy's events of this process, handed to those who listen.

The events are listened to once, however many listen here, and no longer than anybody does.
Every handler is guarded: what fails in asa is told to the listeners, once a handler and
process, and the program runs on as if nothing had been there.
"""

import functools
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from itertools import count
from threading import get_ident
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.exc import MissingGreenlet, StatementError

from ..model.capture_line import OriginLine  # noqa: TID252  (loaded by path, privately named)
from ..model.observation import Fact, TransactionUse  # noqa: TID252
from ..model.record import CallSite, Scope  # noqa: TID252
from .call_site import CallSites
from .execution import Execution, StatementFacts, Transaction
from .label import CURRENT, label, label_of, task_name, test_name
from .pool import Pools

__all__ = ["Hooks", "Listener", "listen", "set_up_sessions", "unlisten"]

OWN = f"_asa_{__name__.partition('.')[0]}"
"""A program under `asa capture` may use asa's library as well: two copies of this module then
listen side by side, each leaving attributes of its own name."""

STARTED = f"{OWN}_started"
FACTS = f"{OWN}_facts"
SESSION, TRANSACTION = f"{OWN}_session", f"{OWN}_transaction"
SHORTEST_IDLE = 0.001
"""Seconds; what a transaction idles less than that is not told."""

BATCH, BATCH_SECONDS = 64, 0.2
"""What is kept of executions is told when a transaction ends, when there are so many of them, or
with the first one after that time; a killed process loses no more than that."""

LASTING = frozenset((bool, date, datetime, Decimal, float, int, type(None), str, time_of_day, UUID))
"""Types of values that are tomorrow what they are today."""

UNKNOWN_ROWS = 2**63
"""PyMySQL says 2**64 - 1 of a result that it has not read to its end."""


class Listener(Protocol):
    """Someone who wants to know of executions. Called in the program's own thread and task."""

    def executed(self, execution: Execution) -> None:
        """Take an execution that has ended."""

    def observed(self, fact: Fact | OriginLine, connection: Any) -> None:
        """Take what was seen beside executions; `connection` has the engine that it is of."""

    def mapped(self, registry: Any) -> None:
        """Take a registry of mapped classes of which one is queried, perhaps not the first time."""

    def paused(self) -> None:
        """Take notice that there are no more executions for now."""

    def forked(self) -> None:
        """Take notice that this is a new process, which owes nothing of its parent's."""

    def failed(self, handler: str, error: Exception) -> None:
        """Take notice that a handler failed for the first time."""


Carried = tuple[StatementFacts, int | None]
"""What a statement of the ORM carries to its execution: facts and the session's number."""

Started = tuple[StatementFacts, int | None, float]
"""What is known of an execution when it begins: the same, and the clock."""


def guarded(handler: Callable[..., None]) -> Callable[..., None]:
    """Make a handler whose failures are noted and never raised."""

    @functools.wraps(handler)
    def run(self: "Hooks", *arguments: Any) -> None:
        try:
            handler(self, *arguments)
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.note(handler.__name__, error)

    return run


class Hooks:
    """The handlers of one process, and what they remember.

    Args:
        root: Directory that files are named relative to; empty for the current one.
    """

    def __init__(self, root: str = "") -> None:
        self.sites = CallSites(root)
        self.listeners: tuple[Listener, ...] = ()
        self.pools = Pools(self.sites, self.tell, self.note)
        self.pending: deque[tuple[Any, ...]] = deque()
        self.settled_at = 0.0
        self.transactions = count(1)
        self.noted: set[str] = set()
        self.plain: dict[int, StatementFacts] = {}
        self.unsent: tuple[int, Carried | None] = (0, None)
        self.facts_of: Callable[..., tuple[StatementFacts, Any]]
        self.mappers: set[int] = set()
        self.of_sessions = False
        self.injector: Any = None

    def note(self, handler: str, error: Exception) -> None:
        """Tell that a handler failed, the first time that it does."""
        if handler not in self.noted:
            self.noted.add(handler)
            for listener in self.listeners:
                listener.failed(handler, error)

    def executing(
        self, _: Any, __: Any, statement: str, parameters: Any, context: Any, ___: bool
    ) -> tuple[str, Any]:
        """Remember where and when an execution began."""
        try:
            carried = context.execution_options.get(FACTS)
            if carried is None:
                invoked = context.invoked_statement
                carried = None if invoked is None else invoked.__dict__.get(FACTS)
            if carried is None:
                facts, session = self.facts_at(self.sites.find(sys._getframe(1))), None
            else:
                facts, session = carried
            context.__dict__[STARTED] = (facts, session, time.perf_counter())
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.note("executing", error)
        return statement, parameters

    def facts_at(self, site: CallSite | None) -> StatementFacts:
        """Return the facts of a statement of which only the line is known."""
        facts = self.plain.get(id(site))
        if facts is None:
            facts = self.plain[id(site)] = StatementFacts(site)
        return facts

    def executed(
        self,
        connection: Any,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        many: bool,
    ) -> None:
        """Take note of an execution that succeeded."""
        try:
            ended = time.perf_counter()
            started = context.__dict__.get(STARTED)
            if started is not None:
                rows = row_count(cursor, context)
                self.keep(connection, statement, parameters, many, started, ended, rows)
                if self.injector is not None:
                    self.watch(connection, statement, cursor, context, started[0])
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.note("executed", error)

    def keep(
        self,
        connection: Any,
        statement: str,
        parameters: Any,
        many: bool,
        started: Started,
        ended: float,
        rows: int | None,
        error: str | None = None,
    ) -> None:
        """Keep what only now is known of an execution; the rest is done for many at once.

        The connection is not kept: a program that loses it loses it to the garbage collector.
        """
        facts, session, clock = started
        own = connection.__dict__
        transaction = own.get(TRANSACTION)
        if transaction is not None:
            transaction.add(facts.site, clock, ended)
        self.pending.append(
            (
                connection.engine,
                statement,
                parameters,
                many,
                facts,
                own.get(SESSION) if session is None else session,
                transaction,
                clock,
                ended - clock,
                rows,
                error,
                task_name(),
                CURRENT.get(),
                test_name() if "pytest" in sys.modules else None,
            )
        )
        if (
            len(self.pending) >= BATCH
            or ended - self.settled_at > BATCH_SECONDS
            or not is_settled(parameters)
        ):
            self.settle()

    def settle(self) -> None:
        """Tell the listeners of what was kept; safe in several threads at once."""
        self.settled_at = time.perf_counter()
        listeners = self.listeners
        while True:
            try:
                *parts, test = self.pending.popleft()
            except IndexError:
                break
            execution = Execution._make((*parts, label_of(parts[-1], test)))
            for listener in listeners:
                self.deliver(listener, execution)
        for listener in listeners:
            listener.paused()

    @guarded
    def deliver(self, listener: Listener, execution: Execution) -> None:
        """Tell one listener of an execution; what it raises harms no other."""
        listener.executed(execution)

    @guarded
    def failed(self, failure: ExceptionContext) -> None:
        """Hand on an execution that ended with an error."""
        ended = time.perf_counter()
        context: Any = failure.execution_context
        statement, connection = failure.statement, failure.connection
        if statement is None or connection is None:
            return
        missing = isinstance(failure.original_exception, MissingGreenlet)
        started = None if context is None else context.__dict__.get(STARTED)
        if started is None:
            # Not even a cursor was had: MissingGreenlet, from SQLAlchemy 2.1 on.
            carried = self.take_unsent() if missing else None
            if carried is None:
                carried = (self.facts_at(self.sites.find(sys._getframe(2))), None)
            started = (*carried, ended)
        if missing:
            started = (unawaited(started[0]), *started[1:])
        # Without a context the parameters are not yet in the driver's form.
        parameters = None if context is None else failure.parameters
        many = bool(getattr(context, "executemany", False))
        self.keep(
            connection, statement, parameters, many, started, ended, None, error_name(failure)
        )

    @guarded
    def began(self, connection: Connection, *_: Any) -> None:
        """Number the transaction that a connection begins."""
        number = str(next(self.transactions))
        connection.__dict__[TRANSACTION] = Transaction(number, task_name(), time.perf_counter())
        engine = connection.engine
        self.pools.databases.setdefault(engine.pool, engine.url.database)

    @guarded
    def committed(self, connection: Connection, *_: Any) -> None:
        """Know that a transaction was committed."""
        self.ended(connection, "commit")

    @guarded
    def rolled_back(self, connection: Connection, *_: Any) -> None:
        """Know that a transaction was rolled back."""
        self.ended(connection, "rollback")

    def ended(self, connection: Connection, how: str) -> None:
        """Tell how a transaction went; what it sent can be written now."""
        transaction = connection.__dict__.pop(TRANSACTION, None)
        if transaction is not None and transaction.queries:
            clock = time.perf_counter()
            transaction.end(clock)
            if clock - transaction.began - transaction.busy >= SHORTEST_IDLE:
                session = connection.__dict__.get(SESSION)
                fact = use_of(transaction, clock, session, connection, how)
                self.tell(fact, connection.engine.pool)
        if self.pending:
            self.settle()

    @guarded
    def joined(self, session: Any, _: Any, connection: Connection) -> None:
        """Remember the session that a connection works for."""
        connection.__dict__[SESSION] = session.hash_key

    def orm_executing(self, state: Any) -> None:
        """Give a statement of the ORM the facts that its execution will read."""
        try:
            facts, own = self.facts_of(state, self.sites, sys._getframe(1))
            carried = (facts, state.session.hash_key)
            if own is None:
                state.update_execution_options(**{FACTS: carried})
            else:
                own.__dict__[FACTS] = carried
            self.unsent = (get_ident(), carried)
            mapper = state.bind_arguments.get("mapper")
            if id(mapper) not in self.mappers:
                self.tell_mapped(mapper)
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.note("orm_executing", error)
            return
        if self.injector is not None and facts.load is None:
            self.inject(state, facts.site)

    @guarded
    def tell_mapped(self, mapper: Any) -> None:
        """Tell the listeners of a mapper's registry."""
        self.mappers.add(id(mapper))
        if mapper is not None:
            for listener in self.listeners:
                listener.mapped(mapper.registry)

    @guarded
    def inject(self, state: Any, site: CallSite | None) -> None:
        """Add the loader options that a rerun puts to the proof at a line."""
        self.injector.inject(state, site)

    def watch(
        self, connection: Any, statement: str, cursor: Any, context: Any, facts: StatementFacts
    ) -> None:
        """Tell what came back at a line where an option is put to the proof."""
        if facts.site is not None and facts.load is None and self.injector.at(facts.site):
            line = self.injector.origin_line(facts.site, statement, cursor, context)
            self.tell(line, connection.engine.pool)

    def tell(self, fact: Fact | OriginLine, pool: Any) -> None:
        """Tell the listeners of something beside executions."""
        for listener in self.listeners:
            listener.observed(fact, pool)

    def take_unsent(self) -> Carried | None:
        """Return the facts of the statement that this thread was about to send."""
        (thread, carried), self.unsent = self.unsent, (0, None)
        return carried if thread == get_ident() else None

    def forked(self) -> None:
        """Forget what the parent process holds: it is the parent's to tell."""
        self.pools.held.clear()
        self.pending.clear()
        for listener in self.listeners:
            listener.forked()


def use_of(
    transaction: Transaction, clock: float, session: int | None, connection: Connection, how: str
) -> TransactionUse:
    """Return how the time of a transaction went that ends at a clock."""
    return TransactionUse(
        scope=Scope(
            process=os.getpid(),
            task=transaction.task,
            session=None if session is None else str(session),
            transaction=transaction.number,
            label=label(),
        ),
        database=connection.engine.url.database,
        started_at=time.time() - (clock - transaction.began),
        duration_ms=(clock - transaction.began) * 1000,
        queries=transaction.queries,
        queries_ms=transaction.busy * 1000,
        longest_ms=transaction.longest * 1000,
        after=transaction.after,
        before=transaction.before,
        ended=how,
    )


def unawaited(facts: StatementFacts) -> StatementFacts:
    """Return facts with their load marked as one that nothing awaited."""
    if facts.load is None:
        return facts
    return facts._replace(load=replace(facts.load, failed=True))


def is_settled(parameters: Any) -> bool:
    """Tell whether parameters will still be the same after the program has run on."""
    return type(parameters) is tuple and LASTING.issuperset(map(type, parameters))


def row_count(cursor: Any, context: Any) -> int | None:
    """Return the rows returned or affected; None where the driver does not know them yet."""
    if context._is_server_side:
        return None
    fetched = getattr(cursor, "_rows", None)
    if fetched is not None and cursor.description is not None:
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


HOOKS: list[Hooks] = []
"""The hooks of this process while anybody listens; none or one."""

LOCK = threading.Lock()
COMMITS = ("commit", "commit_twophase")
ROLLBACKS = ("rollback", "rollback_twophase")


def events_of(one: Hooks) -> list[tuple[Any, str, Callable[..., Any], bool]]:
    """Return (target, event, handler, whether it answers) of the engines' events."""
    return [
        # One that answers is called without a wrapper of SQLAlchemy's around it.
        (Engine, "before_cursor_execute", one.executing, True),
        (Engine, "after_cursor_execute", one.executed, False),
        (Engine, "handle_error", one.failed, False),
        (Engine, "begin", one.began, False),
        (Engine, "begin_twophase", one.began, False),
        *((Engine, name, one.committed, False) for name in COMMITS),
        *((Engine, name, one.rolled_back, False) for name in ROLLBACKS),
    ]


def set_up(one: Hooks) -> None:
    """Begin to listen to every engine, those that exist included."""
    for target, name, handler, answers in events_of(one):
        event.listen(target, name, handler, retval=answers)
    one.pools.set_up()
    if "sqlalchemy.orm" in sys.modules:
        set_up_sessions()


def set_up_sessions(injections: str = "") -> None:
    """Begin to listen to every session; call once `sqlalchemy.orm` has been imported.

    Args:
        injections: Loader options of a rerun in their JSON form; empty in a plain capture.
    """
    from sqlalchemy.orm import Session

    from .orm import facts_of

    for one in HOOKS:
        if not one.of_sessions:
            one.of_sessions = True
            one.facts_of = facts_of
            if injections:
                from .inject import Injector

                one.injector = Injector(injections)
            event.listen(Session, "after_begin", one.joined)
            event.listen(Session, "do_orm_execute", one.orm_executing)


def take_down(one: Hooks) -> None:
    """Let go of every event."""
    one.pools.take_down()
    for target, name, handler, _ in events_of(one):
        event.remove(target, name, handler)
    if one.of_sessions:
        from sqlalchemy.orm import Session

        event.remove(Session, "after_begin", one.joined)
        event.remove(Session, "do_orm_execute", one.orm_executing)


def listen(listener: Listener, root: str = "") -> Hooks:
    """Begin to tell a listener of executions, the ORM's included once it is imported.

    Args:
        listener: Told of every engine's; it chooses for itself.
        root: Directory that files are named relative to, where nobody listened before.
    """
    with LOCK:
        if not HOOKS:
            HOOKS.append(Hooks(root))
            set_up(HOOKS[0])
        HOOKS[0].listeners += (listener,)
        HOOKS[0].mappers.clear()
        return HOOKS[0]


def unlisten(listener: Listener) -> None:
    """Tell a listener of nothing more; with the last one every event is let go."""
    with LOCK:
        if not HOOKS or listener not in HOOKS[0].listeners:
            return
        one = HOOKS[0]
        one.settle()
        one.listeners = tuple(other for other in one.listeners if other is not listener)
        if not one.listeners:
            HOOKS.clear()
            take_down(one)


def settle_all() -> None:
    """Tell everything before this process forks."""
    for one in HOOKS:
        one.settle()


def forked() -> None:
    """Begin anew in a child process; a thread that is not there may hold the lock."""
    global LOCK  # noqa: PLW0603
    LOCK = threading.Lock()
    for one in HOOKS:
        one.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=settle_all, after_in_child=forked)
