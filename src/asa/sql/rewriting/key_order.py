"""Rows in an order by chance, as rows from some place of the key on."""

from sqlglot import exp

from asa.sql.names import argument
from asa.sql.rewriting.draft import Change, Draft, conjuncts, ordered, with_condition

__all__ = ["write"]


def write(draft: Draft) -> Change | None:
    """Order a query with LIMIT by the primary key instead of by chance."""
    tree = draft.tree
    order = argument(tree, "order")
    if not isinstance(tree, exp.Select) or order is None or argument(tree, "limit") is None:
        return None
    tables = draft.tables(tree)
    keys = [item.this if isinstance(item, exp.Ordered) else item for item in order.expressions]
    if not tables or not isinstance(keys[0], exp.Rand):
        return None
    alias, table = next(iter(tables.items()))
    primary = next((index for index in table.indexes if index.primary), None)
    if primary is None or len(primary.columns) != 1:
        return None
    key = exp.column(primary.columns[0], table=alias)
    was = order.copy()
    order.set("expressions", [ordered(draft.dialect, key)])
    start = exp.GTE(this=key.copy(), expression=exp.Placeholder(this="chance"))
    shown = with_condition(tree, [*conjuncts(tree), start])
    return Change(tree, f"{table.name}.{primary.columns[0]}", was, start, shown)
