"""Which plans, and which places in them, leave something that an index could save."""

from asa.model.case import Case
from asa.model.plan import Access, Plan, PlanNode
from asa.rules.query.candidates import use_of
from asa.sql.facts import Facts, Match

__all__ = ["improvable", "touched"]

WORTHWHILE_COST = 30.0
"""A query that costs less where it goes by an index already has nothing to gain."""
COSTLY = 100.0
SERVED = (Match.EQUALITY, Match.IN, Match.RANGE)
SORTING = ("sort", "temp b-tree", "group", "temporary", "unique", "aggregate")


def improvable(plan: Plan) -> bool:
    """Tell whether a plan reads a table whole, or costs enough to look for better."""
    nodes = list(plan.walk())
    whole = any(node.access is Access.FULL for node in nodes)
    # What a LIMIT will save of a step's cost is a guess.
    dearest = max((node.cost or 0.0 for node in nodes), default=0.0)
    return whole or plan.cost is None or max(plan.cost, dearest) > WORTHWHILE_COST


def touched(case: Case, found: Facts, use: int, plan: Plan) -> bool:
    """Tell whether a plan costs much, reads something whole or sorts, or filters in a place.

    With another index on one place of a join the planner may come from the other side, and
    what is costly by an index may go by a poor one.
    """
    if (plan.cost or 0.0) > COSTLY:
        return True
    nodes = list(plan.walk())
    if case.schema is None or any(is_sort(n) or n.access is Access.FULL for n in nodes):
        return True
    mine = [n for n in nodes if n.table and use_of(found, n, case.schema) in (use, None)]
    if plan.cost is None:
        return any(unserved(found, use, node) for node in mine)
    return any(node.filter for node in mine)


def unserved(found: Facts, use: int, node: PlanNode) -> bool:
    """Tell whether a step's index leaves a comparison of its place, where plans show no filters."""
    condition = (node.condition or "").lower()
    return "rowid=?" not in condition and any(
        p.at.use == use and p.match in SERVED and p.column.lower() not in condition
        for p in found.predicates
    )


def is_sort(node: PlanNode) -> bool:
    """Tell whether a step sorts or groups."""
    kind = node.kind.lower()
    return any(word in kind for word in SORTING)
