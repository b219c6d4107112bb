"""Statements that read all of their tables, where an index is walked whole like the table.

A narrower copy of the table or one in the order of the groups may still be cheaper than the
table, and each write pays for it. That is worth it for large tables that are read so often.
"""

from asa.model.schema import Table
from asa.model.workload import QueryClass
from asa.sql.facts import Facts, Match

__all__ = ["pays_whole", "seeks"]

NARROWING = frozenset(Match) - {Match.NOT, Match.EXPRESSION}
LARGE_ROWS = 100_000
LONG_MS = 1_000.0
"""Time of all calls from which an index to be read whole is thought of."""


def seeks(found: Facts) -> bool:
    """Tell whether a statement wants some rows of its tables, or the first ones in an order."""
    compared = any(p.match in NARROWING and not p.alternative for p in found.predicates)
    # What is unequal to one value is mostly all the rest; a truth or a NULL may be rare.
    held = any("<>" not in constant.text for constant in found.constants)
    return compared or held or found.limited or bool(found.computed)


def pays_whole(query_class: QueryClass, table: Table) -> bool:
    """Tell whether reading all of a table costs a class enough for an index to be read whole."""
    if (table.rows or 0) < LARGE_ROWS or query_class.calls < 2:
        return False
    return query_class.total_ms is None or query_class.total_ms >= LONG_MS
