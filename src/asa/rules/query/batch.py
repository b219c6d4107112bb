"""The one statement that takes the place of a query for each row."""

import re

from asa.model.case import Case
from asa.model.workload import Burst, QueryClass
from asa.rules.query.relationship import Key, class_of, is_collection, is_required
from asa.sql.facts import Facts

__all__ = ["AGGREGATE", "plural", "rewritten"]

AGGREGATE = re.compile(
    r"select\s+(?:(?:coalesce|ifnull)\s*\(\s*)?(count|sum|avg|min|max)\s*\(", re.IGNORECASE
)
"""A total, and its function."""


def rewritten(
    case: Case,
    burst: Burst,
    key: Key,
    relationship: str | None,
    query_class: QueryClass,
    found: Facts,
) -> str:
    """Return the one statement for all rows.

    A total for each row becomes a GROUP BY; the first rows of each, a window. A server's log
    does not show whether the ORM sent the statement: the relationship's option then says most.
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
    if total:
        return f"select({name}, func.{total[1].lower()}(...)).group_by({name})"
    if pages:
        return f"func.row_number().over(partition_by={name}, order_by=...)"
    return f"select({entity}).where({name}.in_({plural(key.column)}))"


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
