"""One execution as the hooks see it, and the transaction that it is part of."""

from typing import Any, NamedTuple

from ..model.record import CallSite, RelationshipLoad  # noqa: TID252  (loaded by path)
from .label import Activity

__all__ = ["Execution", "StatementFacts", "Transaction"]


class StatementFacts(NamedTuple):
    """The line that sends a statement, and what the ORM says of it.

    There is one object for all equal facts, so that its identity tells facts apart.

    Attributes:
        site: The user's line; None where no frame is the user's.
        entity: Name of the mapped class that a top-level ORM statement is about.
        load: Set when the ORM sent it for a relationship or a column.
    """

    site: CallSite | None
    entity: str | None = None
    load: RelationshipLoad | None = None


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


class Execution(NamedTuple):
    """One execution that has ended.

    Attributes:
        engine: SQLAlchemy's, the synchronous one.
        statement: The SQL as the driver was given it.
        parameters: As the driver was given them.
        many: Whether it was an executemany, or one statement that stands for one.
        facts: Line and ORM facts.
        session: Number of the ORM session; None without one.
        transaction: None outside of one.
        clock: When it began, by `time.perf_counter`.
        seconds: How long it took.
        rows: Rows returned or affected; None where unknown.
        error: Class name of the exception it ended with.
        task: Name of the asyncio task.
        activity: What the program was doing, where it is a request.
        label: Its name, or that of a test.
    """

    engine: Any
    statement: str
    parameters: Any
    many: bool
    facts: StatementFacts
    session: int | None
    transaction: Transaction | None
    clock: float
    seconds: float
    rows: int | None
    error: str | None
    task: str | None
    activity: Activity | None
    label: str | None
