"""A page far behind the first, as the first one: what a page by key costs."""

from sqlglot import exp

from asa.model.schema import Table
from asa.sql.names import Node, argument
from asa.sql.rewriting.draft import Change, Draft, conjuncts, ordered, with_condition
from asa.sql.rewriting.uniqueness import is_key, nullable

__all__ = ["write"]


def write(draft: Draft) -> Change | None:
    """Drop the OFFSET of a query with LIMIT; show the page by key, where the order allows it."""
    tree = draft.tree
    offset, limit, order = (argument(tree, part) for part in ("offset", "limit", "order"))
    if not isinstance(tree, exp.Select) or offset is None or limit is None or order is None:
        return None
    tables = draft.tables(tree)
    keys = [item.this if isinstance(item, exp.Ordered) else item for item in order.expressions]
    named = [draft.column(key, tables or {}) for key in keys]
    falls = {bool(item.args.get("desc")) for item in order.expressions}
    columns = [found[1].name for found in named if found]
    if not named[0] or len(columns) != len(keys) or len(falls) != 1:
        return None
    table = named[0][0]
    if any(found[0] is not table for found in named if found) or nullable(table, columns):
        return None
    tree.set("offset", None)
    descending = falls.pop()
    for name in () if is_key(table, columns) else primary(table):
        # Rows that are equal in the order would be lost between two pages.
        if name not in columns:
            keys.append(exp.column(name, table=keys[0].args.get("table")))
            added = ordered(draft.dialect, keys[-1].copy(), descending=descending)
            order.append("expressions", added)
    last: list[Node] = [exp.Placeholder(this=f"last_{key.name}") for key in keys]
    behind = beyond(draft.dialect, keys, last, descending)
    shown = with_condition(tree, [*conjuncts(tree), behind])
    if draft.dialect == "sqlite":
        # Its plan tells the way to the rows, and no number of them: any value will do.
        nothing = beyond(draft.dialect, keys, [exp.Null() for _ in keys], descending)
        tree = with_condition(tree, [*conjuncts(tree), nothing])
    return Change(tree, f"{table.name}.{columns[0]}", offset, behind, shown)


def primary(table: Table) -> tuple[str, ...]:
    """Return the columns of a table's primary key."""
    return next((index.columns for index in table.indexes if index.primary), ())


def beyond(dialect: str, keys: list[Node], last: list[Node], falls: bool) -> Node:
    """Return the condition of the rows behind the last one of the page before."""
    compare, weak = (exp.LT, exp.LTE) if falls else (exp.GT, exp.GTE)
    if len(keys) == 1:
        return compare(this=keys[0].copy(), expression=last[0])
    if dialect != "mysql" or len(keys) > 2:
        left, right = (exp.Tuple(expressions=[k.copy() for k in part]) for part in (keys, last))
        return compare(this=left, expression=right)
    # MySQL goes by no index where rows are compared.
    first, second = (
        compare(this=key.copy(), expression=end.copy()) for key, end in zip(keys, last, strict=True)
    )
    return exp.And(
        this=weak(this=keys[0].copy(), expression=last[0].copy()),
        expression=exp.Paren(this=exp.Or(this=first, expression=second)),
    )
