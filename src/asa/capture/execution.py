"""One execution as the hooks see it."""

from dataclasses import replace
from typing import Any, NamedTuple

from ..model.record import CallSite, RelationshipLoad  # noqa: TID252  (loaded by path)
from .label import Activity
from .transaction import Transaction

__all__ = ["Execution", "StatementFacts", "unawaited"]


class StatementFacts(NamedTuple):
    """The line that sends a statement, and what the ORM says of it.

    There is one object for all equal facts, so that its identity tells facts apart.

    Attributes:
        site: The user's line; None where no frame is the user's.
        entity: Name of the mapped class that a top-level ORM statement is about.
        load: Set when the ORM sent it for a relationship or a column.
        callers: The user's lines that led to a statement of the program's own.
    """

    site: CallSite | None
    entity: str | None = None
    load: RelationshipLoad | None = None
    callers: tuple[CallSite, ...] = ()


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
        gather: Number of the `asyncio.gather` that the task is part of.
        label: Name of the activity, or of a test.
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
    gather: str | None
    label: str | None


def unawaited(facts: StatementFacts) -> StatementFacts:
    """Return facts with their load marked as one that nothing awaited."""
    if facts.load is None:
        return facts
    return facts._replace(load=replace(facts.load, failed=True))
