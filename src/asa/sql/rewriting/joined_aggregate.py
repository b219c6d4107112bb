"""An aggregate computed anew for each row, as a join with all of its values at once."""

from collections.abc import Iterator

from sqlglot import exp

from asa.model.schema import Table
from asa.sql.names import Node, argument
from asa.sql.rewriting.draft import Change, Draft, conjuncts, with_condition

__all__ = ["write"]

UNTOUCHED = ("group", "having", "order", "limit", "offset", "with", "distinct", "joins")
NULL_OF_NONE = (exp.Sum, exp.Max, exp.Min, exp.Avg)
STRICT = (
    *(exp.Column, exp.Identifier, exp.Literal, exp.Distinct, exp.Paren, exp.Neg),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div),
)
COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def write(draft: Draft) -> Change | None:
    """Join what the correlated subqueries of a SELECT compute; None where there is none."""
    select = draft.tree.unnest()
    tables = draft.tables(select) if isinstance(select, exp.Select) else None
    if not isinstance(select, exp.Select) or not tables:
        return None
    if any(isinstance(item, exp.Star) for item in select.expressions):
        return None
    was: Node | None = None
    names: list[str] = []
    for place, subquery in enumerate(list(scalars(select))):
        value = f"asa_{place}"
        joined = grouped(draft, tables, subquery)
        if joined is None:
            continue
        query, outer, name = joined
        was = was if was is not None else subquery.copy()
        names.append(name)
        held: Node = exp.column("held", table=value)
        if isinstance(query.expressions[1].unalias(), exp.Count):
            held = exp.func("COALESCE", held, exp.Literal.number(0))
        subquery.replace(held)
        on = exp.EQ(this=exp.column("met", table=value), expression=outer)
        select.join(query.subquery(value), on=on, join_type="left", copy=False)
    return Change(select, ", ".join(dict.fromkeys(names)), was) if names else None


def scalars(select: exp.Select) -> Iterator[exp.Subquery]:
    """Yield the subqueries of a SELECT that stand for one value of each of its rows.

    In the select list of a page, or of a grouping, only few of them are computed at all.
    """
    parts = ("limit", "group", "distinct", "fetch")
    if not any(argument(select, part) for part in parts):
        for item in select.expressions:
            bare = item.unalias()
            if isinstance(bare, exp.Coalesce):
                bare = bare.this
            if isinstance(bare, exp.Subquery):
                yield bare
    for condition in conjuncts(select):
        if isinstance(condition, COMPARED):
            for side in (condition.this, condition.expression):
                if isinstance(side, exp.Subquery):
                    yield side


def grouped(
    draft: Draft, outside: dict[str, Table], subquery: exp.Subquery
) -> tuple[exp.Select, Node, str] | None:
    """Return a subquery's values of all rows, the outer column that they meet, and its table.

    None where it is not one aggregate over one table, tied to the query around by one column.
    """
    select = subquery.this
    if not isinstance(select, exp.Select) or any(argument(select, p) for p in UNTOUCHED):
        return None
    tables = draft.tables(select)
    item = select.expressions[0].unalias() if len(select.expressions) == 1 else None
    if not tables or len(tables) != 1 or item is None or not empty_known(item):
        return None
    ((alias, table),) = tables.items()
    ties = [tie for one in conjuncts(select) if (tie := tied(draft, one, tables, outside))]
    rest = [one for one in conjuncts(select) if not tied(draft, one, tables, outside)]
    inner = (*rest, item)
    if len(ties) != 1 or not all(own(draft, tables, part) for part in inner) or alias in outside:
        return None
    here, there = ties[0]
    query = with_condition(select, rest)
    query.set("expressions", [exp.alias_(here.copy(), "met"), exp.alias_(item.copy(), "held")])
    return query.group_by(here.copy()), there.copy(), table.name


def empty_known(item: Node) -> bool:
    """Tell whether an aggregate is known over no rows: a count is 0, and others are NULL."""
    if isinstance(item, exp.Count):
        return item.find(exp.Query) is None
    return item.find(*NULL_OF_NONE) is not None and all(
        isinstance(node, (*NULL_OF_NONE, *STRICT)) for node in item.walk()
    )


def tied(
    draft: Draft, condition: Node, inside: dict[str, Table], outside: dict[str, Table]
) -> tuple[Node, Node] | None:
    """Return the inner and the outer column that a condition sets equal."""
    if not isinstance(condition, exp.EQ):
        return None
    for here, there in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        told = isinstance(there, exp.Column) and there.table
        if told and draft.column(here, inside) and draft.column(there, outside):
            return here, there
    return None


def own(draft: Draft, tables: dict[str, Table], node: Node) -> bool:
    """Tell whether an expression names columns of these tables only."""
    return node.find(exp.Query) is None and all(
        draft.column(column, tables) for column in node.find_all(exp.Column)
    )
