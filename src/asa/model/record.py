"""One executed query, as a log or a capture tells it."""

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["CallSite", "Parameters", "QueryRecord", "RelationshipLoad", "Scope"]

Parameters = tuple[object, ...] | dict[str, object] | None
"""Values bound to one execution: positional, named, or None where the log has none."""


@dataclass(frozen=True, slots=True)
class CallSite:
    """A line of the user's program.

    Attributes:
        file: Path as the program knew it, relative to the capture's root where below it.
        line: Counted from 1.
        function: The code object's name.
        text: The source line, stripped; empty where it could not be read.
        loops: Whether it is known to stand in a loop of its function, or to gather tasks.
    """

    file: str
    line: int
    function: str
    text: str = ""
    loops: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class RelationshipLoad:
    """What the ORM said of a query that it sent for a relationship or a deferred column.

    Attributes:
        path: Dotted steps from the entity first loaded: `("User.posts", "Post.comments")`.
        strategy: `lazy` (asked by touching an attribute), `immediate`, `selectin`,
            `subquery` (asked by a loader option), `refresh`, `expired` (columns that a
            commit or the program had expired), `deferred`, or `heir` (columns that a query
            for the base class leaves out).
        origin: The line that loaded the parents; None where it was not seen.
        collections: For each step of the path, whether it holds a collection; empty where
            that is not known.
        base: For `heir`, the name of the base class that was queried.
        failed: Whether it could not be sent, since nothing awaited it (MissingGreenlet).
    """

    path: tuple[str, ...]
    strategy: str
    origin: CallSite | None = None
    collections: tuple[bool, ...] = ()
    base: str | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a query ran: each part None where the log does not tell.

    Attributes:
        process: Operating system process id of the program, or the server's session process.
        task: Name or number of the asyncio task.
        session: Identity of the ORM session within its process.
        transaction: Identity of the transaction within its process.
        label: What the program was doing: a test id, a route template.
        gather: Identity within its process of the `asyncio.gather` that the task is part of.
    """

    process: int | None = None
    task: str | None = None
    session: str | None = None
    transaction: str | None = None
    label: str | None = None
    gather: str | None = None


class QueryRecord(NamedTuple):
    """One log entry: one execution of one statement.

    A tuple, since millions are made.

    Attributes:
        sql: The statement as the driver was given it.
        dialect: `postgresql`, `mysql`, `sqlite`, or None where the log does not tell.
        parameters: Bound values; None where the log has none.
        executions: How many parameter sets one executemany carried; 1 otherwise.
        duration_ms: Time of the statement; None where unknown, never zero for unknown.
        started_at: Seconds since the epoch, UTC; None where unknown.
        rows: Rows returned or affected; None where unknown.
        database: Name (not URL) of the database.
        entity: Name of the mapped class that a top-level ORM statement loads.
        call_site: The user's line that ran it.
        callers: The user's lines that led there, from the inner, as far as one that loops; none
            where the call site itself does, or where the ORM sent the query for an attribute.
        load: Set when the ORM sent the query for a relationship or a deferred column.
        scope: Process, task, session and transaction.
        error: Class name of the exception or SQLSTATE it ended with; None on success.
        user: The database's user.
        application: Name that the program gave to its connection.
        truncated: Whether the log cut the statement off.
        plan: How the server ran it, as it logged that; None where it did not.
    """

    sql: str
    dialect: str | None = None
    parameters: Parameters = None
    executions: int = 1
    duration_ms: float | None = None
    started_at: float | None = None
    rows: int | None = None
    database: str | None = None
    entity: str | None = None
    call_site: CallSite | None = None
    load: RelationshipLoad | None = None
    scope: Scope = Scope()
    error: str | None = None
    user: str | None = None
    application: str | None = None
    truncated: bool = False
    batch: bool = False
    plan: str | None = None
    callers: tuple[CallSite, ...] = ()
