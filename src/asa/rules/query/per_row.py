"""Which repeated statements of the user's own are a query for each row, and which are not.

Told by the keys: the statement compares a unique or a foreign key with one value, and often
another one before it returned the rows at the other end of that key.
"""

import re
from dataclasses import dataclass

from asa.model.case import Case
from asa.model.record import CallSite
from asa.model.schema import Table
from asa.model.workload import Burst, QueryClass
from asa.rules.query.candidates import facts_of
from asa.sql.facts import Facts, Match
from asa.sql.statement import Kind

__all__ = ["PerRow", "per_row", "plural"]

WITH_PARENTS = 2
WITH_PARENTS_UNCERTAIN = 3
ALONE = 3
ALONE_UNCERTAIN = 5
AGGREGATE = re.compile(r"select\s+(count|sum|avg|min|max)\s*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PerRow:
    """A query for each row.

    Attributes:
        subject: What is loaded row by row: `User by id`.
        rewrite: The one statement to send instead.
        parents: The line that loaded the rows; None where it was not seen.
        certain: Whether the ORM told which class the statement loads.
    """

    subject: str
    rewrite: str
    parents: CallSite | None
    certain: bool


def per_row(case: Case, burst: Burst) -> PerRow | None:
    """Return what is loaded row by row; None where the repetition is innocent."""
    query_class = case.query_class(burst.fingerprint)
    found = facts_of(case, query_class) if query_class else None
    if query_class is None or found is None or not is_lookup(found, query_class):
        return None
    if burst.distinct_parameters < max(WITH_PARENTS, burst.calls * 0.8):
        return None
    certain = burst.entity is not None
    single = certain and one_row(query_class)
    column = key_column(case, found, single=single)
    keyed = column is not None
    if column is None and single and burst.distinct_parameters == burst.calls:
        # Another value each time, and never two rows: a key in all but name.
        column = compared(found)
    if column is None:
        return None
    table = found.tables[0].name
    parent = parent_of(case, burst, table, column) if keyed else None
    if parent is not None:
        least = WITH_PARENTS if certain and many_rows(parent[0]) else WITH_PARENTS_UNCERTAIN
    else:
        least = ALONE if certain and keyed else ALONE_UNCERTAIN
    if burst.calls < least:
        return None
    name = burst.entity or table
    return PerRow(
        f"{name} by {column}",
        rewritten(burst.entity, table, column, query_class, found),
        parent[1] if parent else None,
        certain,
    )


def is_lookup(found: Facts, query_class: QueryClass) -> bool:
    """Tell whether a statement looks rows up by one value, and reads no page.

    An OFFSET, or an order behind a range, is a page; a list of values is already a batch.
    """
    if found.kind is not Kind.SELECT or not found.tables:
        return False
    if found.offset and not same_offset(query_class):
        return False
    if found.limited and found.order_by and any(p.match is Match.RANGE for p in found.predicates):
        return False
    return not any(p.match is Match.IN and p.at.use == 0 for p in found.predicates)


def same_offset(query_class: QueryClass) -> bool:
    """Tell whether the offset is the same each time: SQLAlchemy gives SQLite one of 0."""
    sets = [s.parameters for s in query_class.parameter_sets]
    if not query_class.fingerprint.endswith("OFFSET ?") or len(sets) < WITH_PARENTS:
        return False
    last = {repr(values[-1]) for values in sets if isinstance(values, tuple) and values}
    return len(last) == 1 and all(isinstance(values, tuple) for values in sets)


def compared(found: Facts) -> str | None:
    """Return the first column of the first table that is compared with one value."""
    for predicate in found.predicates:
        equal = predicate.match is Match.EQUALITY and not predicate.alternative
        if equal and predicate.at.use == 0:
            return predicate.column
    return None


def key_column(case: Case, found: Facts, *, single: bool) -> str | None:
    """Return the key column of the first table that is compared with one value.

    `single` tells whether the log shows one row at most for each call: where there is no
    schema to ask, whatever is compared is then a key.
    """
    table = case.schema.table(found.tables[0].name) if case.schema else None
    for predicate in found.predicates:
        if predicate.at.use != 0 or predicate.match is not Match.EQUALITY or predicate.alternative:
            continue
        if is_key(table, predicate.column) if table else single or named_key(predicate.column):
            return predicate.column
    return None


def is_key(table: Table, column: str) -> bool:
    """Tell whether a column is by itself a unique or a foreign key."""
    unique = [index.columns for index in table.indexes if index.unique and index.where is None]
    return (column,) in [*unique, *(key.columns for key in table.foreign_keys)]


def named_key(column: str) -> bool:
    """Tell whether a column bears a key's name."""
    return column.lower() == "id" or column.lower().endswith("_id")


def parent_of(
    case: Case, burst: Burst, table: str, column: str
) -> tuple[QueryClass, CallSite | None] | None:
    """Return the latest earlier query whose rows lie at the other end of the key."""
    for fingerprint, site in reversed(burst.earlier):
        query_class = case.query_class(fingerprint)
        if query_class is None or fingerprint == burst.fingerprint:
            continue
        found = facts_of(case, query_class)
        if found and any(related(case, use.name, table, column) for use in found.tables):
            return query_class, site
    return None


def related(case: Case, parent: str, table: str, column: str) -> bool:
    """Tell whether a foreign key joins a column of one table with another table."""
    if case.schema is None:
        # `orders.user_id` points to `users`, or `users.id` is pointed to by anything.
        return parent != table and (column == "id" or parent.startswith(column[:-3]))
    here, there = case.schema.table(table), case.schema.table(parent)
    if here is None or there is None:
        return False
    leads = any(f.columns == (column,) and same(f.table, there) for f in here.foreign_keys)
    led = any(same(f.table, here) and f.target in ((column,), ()) for f in there.foreign_keys)
    return leads or led


def same(name: str, table: Table) -> bool:
    """Tell whether a foreign key's target is a table."""
    return name.lower() == table.name.lower()


def many_rows(query_class: QueryClass) -> bool:
    """Tell whether a query returned two rows and more a time."""
    return query_class.rows is not None and query_class.rows >= 2 * query_class.calls


def one_row(query_class: QueryClass) -> bool:
    """Tell whether a query found one row at most each time, by no limit and as no total."""
    text = query_class.fingerprint
    if " limit " in text.lower() or AGGREGATE.match(text):
        return False
    return query_class.rows is not None and query_class.rows <= query_class.calls


def rewritten(
    entity: str | None, table: str, column: str, query_class: QueryClass, found: Facts
) -> str:
    """Return the one statement for all rows.

    A total for each row becomes a GROUP BY; the first rows of each, a window.
    """
    total = AGGREGATE.match(query_class.fingerprint)
    if entity is None:
        grouped = f" GROUP BY {column}" if total else ""
        return f"one query for all: ... FROM {table} WHERE {column} IN (...){grouped}"
    key = f"{entity}.{column}"
    if total:
        return f"select({key}, func.{total[1].lower()}(...)).group_by({key})"
    if found.limited and found.order_by:
        return f"func.row_number().over(partition_by={key}, order_by=...)"
    return f"select({entity}).where({key}.in_({plural(column)}))"


def plural(name: str) -> str:
    """Return what several of a column are called: `ids`, `skus`, `categories`, `statuses`."""
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"
