"""A query plan in one shape for all databases."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

__all__ = ["Access", "NotPlanned", "Plan", "PlanNode"]


class Access(Enum):
    """How a node reads its table."""

    FULL = "full"
    INDEX = "index"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One step of a plan.

    Attributes:
        kind: The step in the database's words: `Seq Scan`, `SEARCH`, `Sort`, `ref`.
        access: Whether it reads all of a table, goes by an index, or reads none itself.
        table: Table read, unaliased where the database tells; None for other steps.
        alias: The table's alias in the statement, where it differs.
        index: Name of the index it goes by.
        condition: Predicate that the index serves.
        filter: Predicate checked row by row.
        rows: Estimated rows out; None where the database gives none.
        cost: Total cost in the database's own unit; None where it has none.
        children: Steps that feed this one.
        covering: Whether the index holds all that is read, where the database says so.
        actual: Rows out that each loop gave, where the statement was run; None otherwise.
        disk_kb: What the step wrote to disk for want of memory, about; 0 where it did not, or
            the statement was not run.
    """

    kind: str
    access: Access = Access.NONE
    table: str | None = None
    alias: str | None = None
    index: str | None = None
    condition: str | None = None
    filter: str | None = None
    rows: float | None = None
    cost: float | None = None
    children: tuple["PlanNode", ...] = ()
    covering: bool = False
    actual: float | None = None
    disk_kb: int = 0

    def walk(self) -> Iterator["PlanNode"]:
        """Yield this node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one statement.

    Attributes:
        nodes: The top steps (SQLite has several side by side; others one).
        cost: Total cost in the database's own unit; None on SQLite.
        lines: The plan as the database prints it, for evidence.
    """

    nodes: tuple[PlanNode, ...]
    cost: float | None = None
    lines: tuple[str, ...] = ()

    def walk(self) -> Iterator[PlanNode]:
        """Yield every node, parents first."""
        for node in self.nodes:
            yield from node.walk()


@dataclass(frozen=True, slots=True)
class NotPlanned:
    """A statement that was not planned, with the reason as a clause: `cut off in the log`."""

    reason: str
