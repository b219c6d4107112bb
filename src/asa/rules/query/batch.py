"""The one statement that takes the place of a query for each row."""

import re

from asa.model.case import Case
from asa.model.workload import Burst, QueryClass
from asa.rules.query.relationship import Key, class_of, is_collection, is_required
from asa.sql.facts import Facts, Match

__all__ = ["AGGREGATE", "plural", "rewritten"]

AGGREGATE = re.compile(
    r"select\s+(?:(?:coalesce|ifnull)\s*\(\s*)?(count|sum|avg|min|max)\s*\(\s*([\w.*?]*)",
    re.IGNORECASE,
)
"""A total: its function, and what it is of where that is plain."""


def rewritten(
    case: Case,
    burst: Burst,
    key: Key,
    relationship: str | None,
    query_class: QueryClass,
    found: Facts,
) -> str:
    """Return the one statement for all rows.

    A total for each row becomes a GROUP BY; the first rows of each, a window; some of a
    collection, an option with the same condition. A value is called as its column is. A
    server's log does not show whether the ORM sent the statement: the relationship's option
    then says most.
    """
    total = AGGREGATE.match(query_class.fingerprint)
    pages = found.limited and found.order_by
    entity = burst.entity or (class_of(case, key.rows) if burst.call_site is None else None)
    if burst.entity is None and entity and not total and not pages:
        option = option_for(case, relationship)
        if option is not None:
            return option
    if entity is None or key.table != key.rows:
        grouped = f" GROUP BY {key.column}" if total else ""
        column = key.column if key.table == key.rows else str(key)
        return f"one query for all: ... FROM {key.rows} WHERE {column} IN (...){grouped}"
    name = f"{entity}.{key.column}"
    conditions = others(entity, key, found)
    rows = ", ".join((f"{name}.in_({plural(key.column)})", *conditions))
    if total:
        function = f"func.{total[1].lower()}({totalled(entity, key, total[2])})"
        return f"select({name}, {function}).where({rows}).group_by({name})"
    if pages:
        return numbered(entity, name, rows, found)
    if conditions and relationship and is_collection(case, relationship):
        return f".options(selectinload({relationship}.and_({', '.join(conditions)})))"
    return f"select({entity}).where({rows})"


def others(entity: str, key: Key, found: Facts) -> tuple[str, ...]:
    """Return the conditions of a statement beside its key, as SQLAlchemy writes them."""
    written = []
    for predicate in found.predicates:
        name = f"{entity}.{predicate.column}"
        if predicate.table != key.rows or predicate.column == key.column:
            continue
        if predicate.alternative or predicate.match not in (Match.EQUALITY, Match.NULL):
            written.append("...")
        elif predicate.match is Match.EQUALITY:
            written.append(f"{name} == {predicate.column}")
        else:
            written.append(f"{name}.is_(None)")
    return tuple(dict.fromkeys(written))


def totalled(entity: str, key: Key, argument: str) -> str:
    """Return what a total is of: nothing for rows, an attribute for a column."""
    if argument in ("", "*", "?"):
        return ""
    table, _, column = argument.rpartition(".")
    plain = column.isidentifier() and table in ("", key.rows)
    return f"{entity}.{column}" if plain else "..."


def numbered(entity: str, name: str, rows: str, found: Facts) -> str:
    """Return what selects the first rows of each parent: they are numbered, and the rest left."""
    order = ", ".join(
        f"{entity}.{one.at.column}{'.desc()' if one.descending else ''}" for one in found.order_by
    )
    order = f"[{order}]" if len(found.order_by) > 1 else order
    return (
        f"number = func.row_number().over(partition_by={name}, order_by={order})\n"
        f'numbered = select({entity}, number.label("place")).where({rows}).subquery()\n'
        f"select(aliased({entity}, numbered)).where(numbered.c.place <= limit)"
    )


def option_for(case: Case, relationship: str | None) -> str | None:
    """Return the loader option for a relationship of the mapping; None for a foreign key."""
    if relationship is None or "->" in relationship:
        return None
    if is_collection(case, relationship):
        return f".options(selectinload({relationship}))"
    inner = ", innerjoin=True" if is_required(case, relationship) else ""
    return f".options(joinedload({relationship}{inner}))"


def plural(name: str) -> str:
    """Return what several of a column are called: `ids`, `skus`, `categories`, `statuses`."""
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"
