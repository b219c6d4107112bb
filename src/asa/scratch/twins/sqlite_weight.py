"""What a plan of SQLite weighs: SQLite tells no costs, so rows and pages read are counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log2

from asa.model.plan import Access, Plan, PlanNode

__all__ = ["FILTERED", "UNKNOWN_ROWS", "Reading"]

PAGE_COST, ROW_COST = 1.0, 0.1
UNKNOWN_ROWS = 1_000
FIRST_ROWS = 100.0
"""What a statement with LIMIT reads of an order that an index gives."""
FILTERED = 0.1
"""What a filter leaves of which nothing is known."""

Share = Callable[[PlanNode], float]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of the steps of plans.

    Attributes:
        rows: Of each table, by its names in the statement in lower case.
        left: The share of a table's rows that a search by an index leaves.
        met: The share of the rows read that pass what the index does not look up.
        seeks: How often a search begins anew.
        limited: Whether the statement asks for its first rows only.
    """

    rows: Mapping[str, int]
    left: Share
    met: Share
    seeks: Share
    limited: bool

    def weight(self, plan: Plan) -> float:
        """Count rows and pages that a plan reads, as nested loops, and the rows that it sorts."""
        nodes = list(plan.walk())
        sorts = any("TEMP B-TREE" in node.kind for node in nodes)
        cost, loops = 0.0, 1.0
        for node in nodes:
            if "TEMP B-TREE" in node.kind:
                cost += loops * log2(loops + 2) * ROW_COST
            elif node.access is not Access.NONE:
                ordered = self.limited and not sorts
                whole = node.access is Access.FULL
                found = self.found(node, ordered=ordered)
                near = node.covering or (whole and not node.index)
                each = ROW_COST if near else PAGE_COST
                cost += loops * (found * each + (0.0 if whole else PAGE_COST * self.seeks(node)))
                loops *= max(found * (FILTERED if whole and not ordered else 1.0), 1.0)
        return cost

    def found(self, node: PlanNode, *, ordered: bool) -> float:
        """Return the rows that a step reads; `ordered` where it ends with the first few wanted."""
        count = self.rows.get((node.table or "").lower(), UNKNOWN_ROWS)
        found = count if node.access is Access.FULL else max(count * self.left(node), 1.0)
        return min(found, FIRST_ROWS / self.met(node)) if ordered else found
