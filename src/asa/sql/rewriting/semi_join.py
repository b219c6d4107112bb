"""DISTINCT over a join that multiplies rows, as EXISTS, which does not."""

from sqlglot import exp

from asa.model.schema import Table
from asa.sql.names import Node, argument, is_star, joined_tables
from asa.sql.rewriting.draft import Change, Draft, conjuncts, with_condition
from asa.sql.rewriting.uniqueness import gives_key, joined_once

__all__ = ["write"]

UNTOUCHED = ("group", "having", "windows", "laterals", "with", "qualify")


def write(draft: Draft) -> Change | None:
    """Put the tables that give out nothing into EXISTS; None where rows could be others."""
    select = draft.tree.unnest()
    if not isinstance(select, exp.Select) or any(argument(select, part) for part in UNTOUCHED):
        return None
    distinct = argument(select, "distinct")
    tables = draft.tables(select)
    if distinct is None or argument(distinct, "on") or not tables or select.find(exp.AggFunc):
        return None
    kept = used(draft, select, tables)
    joins = list(joined_tables(select))
    inner = all(join.side == "" and join.kind in ("", "INNER") for join in joins)
    gone = [alias for alias in tables if alias not in (kept or tables)]
    once = joined_once(select, tables)
    if not kept or not gone or not inner or once.issuperset(gone):
        return None
    if any(join.args.get("using") or join.args.get("method") for join in joins):
        return None
    body = rest(draft, select, tables, kept)
    if body is None or not gives_key(draft, body, {alias: tables[alias] for alias in kept}):
        return None
    return Change(body, ", ".join(tables[alias].name for alias in gone), distinct)


def used(draft: Draft, select: exp.Select, tables: dict[str, Table]) -> set[str] | None:
    """Return the tables whose columns are given out or ordered by; None where one is unknown."""
    order = argument(select, "order")
    found: set[str] = set()
    for item in (*select.expressions, *(order.expressions if order is not None else ())):
        if isinstance(item, exp.Star):
            return None
        if is_star(item):
            found.add(item.table.lower())
            continue
        of_item = aliases(draft, tables, item)
        if of_item is None:
            return None
        found |= of_item
    return found if found <= set(tables) else None


def aliases(draft: Draft, tables: dict[str, Table], node: Node) -> set[str] | None:
    """Return the tables that an expression names; None where that is not certain."""
    found = set()
    for column in node.find_all(exp.Column):
        known = draft.column(column, tables)
        if known is None:
            return None
        found.add(column.table.lower() or next(a for a, t in tables.items() if t is known[0]))
    return None if node.find(exp.Query) else found


def rest(
    draft: Draft, select: exp.Select, tables: dict[str, Table], kept: set[str]
) -> exp.Select | None:
    """Return a SELECT from the tables kept where rows of the others exist; None without a way."""
    from_ = argument(select, "from")
    joins = list(joined_tables(select))
    if from_ is None:
        return None
    sources = {s.alias_or_name.lower(): s for s in (from_.this, *(join.this for join in joins))}
    conditions = [*conjuncts(select), *(part for join in joins for part in held(join))]
    outside: list[Node] = []
    inside: list[Node] = []
    for condition in conditions:
        named = aliases(draft, tables, condition)
        if named is None:
            return None
        (outside if named <= kept else inside).append(condition)
    query = exp.select("1")
    for place, alias in enumerate(alias for alias in sources if alias not in kept):
        source = plain(sources[alias])
        query = query.from_(source) if place == 0 else query.join(source, join_type="cross")
    body = select.copy()
    for part in ("distinct", "joins", "from", "from_"):
        body.set(part, None)
    for place, alias in enumerate(alias for alias in sources if alias in kept):
        source = plain(sources[alias])
        body = body.from_(source) if place == 0 else body.join(source, join_type="cross")
    exists = exp.Exists(this=with_condition(query, inside))
    return with_condition(body, [*outside, exists])


def held(join: exp.Join) -> list[Node]:
    """Return the conditions of a join."""
    on = argument(join, "on")
    if on is None:
        return []
    body = on.unnest()
    return [part.unnest() for part in body.flatten()] if isinstance(body, exp.And) else [body]


def plain(source: Node) -> Node:
    """Return a table as it is named, without what is joined to it."""
    copy = source.copy()
    copy.set("joins", None)
    return copy
