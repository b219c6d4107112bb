"""The handlers of SQLAlchemy's events in one process, which tell those who listen.

Every handler is guarded: what fails in asa is told to the listeners, once a handler and
process, and the program runs on as if nothing had been there.
"""

import sys
import time
from collections import deque
from threading import get_ident
from typing import Any

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import MissingGreenlet

from ..model.capture_line import RerunLine  # noqa: TID252  (loaded by path, privately named)
from ..model.observation import Fact  # noqa: TID252
from .call_site import CallSites
from .chain import Chain
from .cursor import error_name, is_settled, row_count
from .execution import Execution, StatementFacts, unawaited
from .gathering import Gatherings
from .guard import guarded
from .label import CURRENT, current_task, test_name
from .listener import Listener
from .pool import Pools
from .transaction import OWN, SESSION, TRANSACTION, Transactions

__all__ = ["FACTS", "Hooks"]

STARTED = f"{OWN}_started"
FACTS = f"{OWN}_facts"

BATCH, BATCH_SECONDS = 64, 0.2
"""What is kept of executions is told when a transaction ends, when there are so many of them, or
with the first one after that time; a killed process loses no more than that."""

Carried = tuple[StatementFacts, int | None]
"""What a statement of the ORM carries to its execution: facts and the session's number."""

Started = tuple[StatementFacts, int | None, float]
"""What is known of an execution when it begins: the same, and the clock."""


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
        self.transactions = Transactions(self.pools, self.tell, self.note, self.settle_pending)
        self.noted: set[str] = set()
        self.plain: dict[int, StatementFacts] = {}
        self.unsent: tuple[int, Carried | None] = (0, None)
        self.mappers: set[int] = set()
        self.injector: Any = None
        self.gatherings = Gatherings(self.sites.is_apart)

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
                facts, session = self.facts_at(self.sites.chain(sys._getframe(1))), None
            else:
                facts, session = carried
            setattr(context, STARTED, (facts, session, time.perf_counter()))
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.note("executing", error)
        return statement, parameters

    def facts_at(self, chain: Chain) -> StatementFacts:
        """Return the facts of a statement of which only the lines are known."""
        facts = self.plain.get(id(chain))
        if facts is None:
            facts = self.plain[id(chain)] = StatementFacts(chain.site, callers=chain.callers)
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
            started = getattr(context, STARTED, None)
            if started is not None:
                rows = row_count(cursor, context)
                self.keep(connection, statement, parameters, many, started, ended, rows, None)
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
        error: str | None,
    ) -> None:
        """Keep what only now is known of an execution; the rest is done for many at once.

        The connection is not kept: a program that loses it loses it to the garbage collector.
        """
        facts, session, clock = started
        transaction = getattr(connection, TRANSACTION, None)
        if transaction is not None:
            transaction.add(facts.site, clock, ended)
        name = gather = None
        task = current_task()
        if task is not None:
            name = str(task.get_name())
            gather = self.gatherings.number(task, sys._getframe(1))
        pending = self.pending
        pending.append(
            (
                connection.engine,
                statement,
                parameters,
                many,
                facts,
                getattr(connection, SESSION, None) if session is None else session,
                transaction,
                clock,
                ended - clock,
                rows,
                error,
                name,
                CURRENT.get(),
                gather,
                test_name() if "pytest" in sys.modules else None,
            )
        )
        if (
            len(pending) >= BATCH
            or ended - self.settled_at > BATCH_SECONDS
            or not is_settled(parameters)
        ):
            self.settle()

    def settle_pending(self) -> None:
        """Tell the listeners of what was kept, if anything was."""
        if self.pending:
            self.settle()

    def settle(self) -> None:
        """Tell the listeners of what was kept; safe in several threads at once."""
        self.settled_at = time.perf_counter()
        listeners = self.listeners
        pending = self.pending
        while pending:
            try:
                execution = Execution._make(pending.popleft())
            except IndexError:
                break
            if execution.activity is not None:
                execution = execution._replace(label=execution.activity.label)
            for listener in listeners:
                try:
                    listener.executed(execution)
                except Exception as error:  # noqa: BLE001, PERF203  (harms no other)
                    self.note("deliver", error)
        for listener in listeners:
            listener.paused()

    @guarded
    def failed(self, failure: ExceptionContext) -> None:
        """Hand on an execution that ended with an error."""
        ended = time.perf_counter()
        context: Any = failure.execution_context
        statement, connection = failure.statement, failure.connection
        if statement is None or connection is None:
            return
        missing = isinstance(failure.original_exception, MissingGreenlet)
        started = getattr(context, STARTED, None)
        if started is None:
            # Not even a cursor was had: MissingGreenlet, from SQLAlchemy 2.1 on.
            carried = self.take_unsent() if missing else None
            if carried is None:
                carried = (self.facts_at(self.sites.chain(sys._getframe(2))), None)
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
    def tell_mapped(self, mapper: Any) -> None:
        """Tell the listeners of a mapper's registry."""
        self.mappers.add(id(mapper))
        if mapper is not None:
            for listener in self.listeners:
                listener.mapped(mapper.registry)

    def watch(
        self, connection: Any, statement: str, cursor: Any, context: Any, facts: StatementFacts
    ) -> None:
        """Tell what came back at a line where an option is put to the proof."""
        if facts.site is not None and facts.load is None and self.injector.at(facts.site):
            line = self.injector.origin_line(facts.site, statement, cursor, context)
            self.tell(line, connection.engine.pool)

    def tell(self, fact: Fact | RerunLine, pool: Any) -> None:
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
