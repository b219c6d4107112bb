"""Transactions: where the time of each goes, and which connection is in one."""

import os
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from sqlalchemy.engine import Connection

from ..model.observation import Fact, TransactionUse  # noqa: TID252  (loaded by path)
from ..model.record import CallSite, Scope  # noqa: TID252
from .guard import guarded
from .label import label, task_name
from .pool import Pools

__all__ = ["OWN", "SESSION", "TRANSACTION", "Transaction", "Transactions"]

OWN = f"_asa_{__name__.partition('.')[0]}"
"""A program under `asa capture` may use asa's library as well: two copies of this module then
listen side by side, each leaving attributes of its own name."""

SESSION, TRANSACTION = f"{OWN}_session", f"{OWN}_transaction"

SHORTEST_IDLE = 0.001
"""Seconds; what a transaction idles less than that is not told."""


class Transaction:
    """One transaction of a connection, and how its time goes.

    Clocks and times are in seconds.

    Attributes:
        number: Counted from 1 in each process.
        task: Name of the asyncio task that began it; another may end it.
        began: Clock of its begin.
        queries: Statements sent so far.
        busy: Their time.
        ended: Clock of the last query's end; of the begin before the first one.
        longest: The longest time without a query so far.
        after: The line of the query before that time.
        before: The line of the query after it.
        last: The line of the last query.
        scopes: The JSON of the scopes of its executions, each made once.
    """

    __slots__ = (
        "after", "before", "began", "busy", "ended", "last", "longest", "number", "queries",
        "scopes", "task",
    )  # fmt: skip

    def __init__(self, number: str, task: str | None, clock: float) -> None:
        self.number = number
        self.task = task
        self.began = self.ended = clock
        self.queries = 0
        self.busy = self.longest = 0.0
        self.last: CallSite | None = None
        self.after: CallSite | None = None
        self.before: CallSite | None = None
        self.scopes: dict[tuple[object, ...], str] = {}

    def add(self, site: CallSite | None, started: float, ended: float) -> None:
        """Add a query that ran between two clocks."""
        if started - self.ended > self.longest:
            self.longest = started - self.ended
            self.after, self.before = self.last, site
        self.queries += 1
        self.busy += ended - started
        self.ended = ended
        self.last = site

    def end(self, clock: float) -> None:
        """Count the time between the last query and the end."""
        if clock - self.ended > self.longest:
            self.longest = clock - self.ended
            self.after, self.before = self.last, None


class Transactions:
    """The handlers of connections that begin and end them.

    Args:
        pools: Told of each pool's database.
        tell: Takes what was seen, with the pool that it is about.
        note: Told of a handler that failed.
        settle: Tells what was kept of executions; a transaction that ended can be written.
    """

    def __init__(
        self,
        pools: Pools,
        tell: Callable[[Fact, Any], None],
        note: Callable[[str, Exception], None],
        settle: Callable[[], None],
    ) -> None:
        self.pools = pools
        self.tell = tell
        self.note = note
        self.settle = settle
        self.numbers = count(1)

    @guarded
    def began(self, connection: Connection, *_: Any) -> None:
        """Number the transaction that a connection begins."""
        number = str(next(self.numbers))
        setattr(connection, TRANSACTION, Transaction(number, task_name(), time.perf_counter()))
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
        transaction = getattr(connection, TRANSACTION, None)
        setattr(connection, TRANSACTION, None)
        if transaction is not None and transaction.queries:
            clock = time.perf_counter()
            transaction.end(clock)
            if clock - transaction.began - transaction.busy >= SHORTEST_IDLE:
                session = getattr(connection, SESSION, None)
                fact = use_of(transaction, clock, session, connection, how)
                self.tell(fact, connection.engine.pool)
        self.settle()

    @guarded
    def joined(self, session: Any, _: Any, connection: Connection) -> None:
        """Remember the session that a connection works for."""
        setattr(connection, SESSION, session.hash_key)


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
