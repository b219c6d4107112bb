"""Which repeated statements of the user's own are a query for each row, and which are not.

Told by the keys: the statement compares a unique or a foreign key with one value, and often
another one before it returned the rows at the other end of that key.
"""

from dataclasses import dataclass

from asa.model.case import Case
from asa.model.record import CallSite
from asa.model.schema import Table
from asa.model.workload import Burst, QueryClass
from asa.rules.query.batch import AGGREGATE, rewritten
from asa.rules.query.candidates import facts_of
from asa.rules.query.relationship import (
    Key,
    leads_to,
    locals_of,
    relationship_along,
)
from asa.sql.facts import Facts, Match
from asa.sql.statement import Kind

__all__ = ["PerRow", "compared", "is_gathered", "per_row"]

WITH_PARENTS = 2
WITH_PARENTS_UNCERTAIN = 3
ALONE = 3
ALONE_UNCERTAIN = 5
SHARE_DISTINCT = 0.8
MOST_DISTINCT = 256
"""How far a burst counts its values."""


Parents = tuple[str, CallSite | None]
"""Fingerprint of a query, and the line that sent it."""


@dataclass(frozen=True, slots=True)
class PerRow:
    """A query for each row.

    Attributes:
        lookup: What is loaded row by row: `User by id`.
        relationship: From the parents to that: `User.posts`; None where it is not known.
        rewrite: The one statement to send instead.
        parents: The query that loaded the rows, with its line; None where it was not seen.
        certain: Whether the ORM told which class the statement loads.
        key: The column that is compared with a value of each row.
    """

    lookup: str
    relationship: str | None
    rewrite: str
    parents: Parents | None
    certain: bool
    key: str


def per_row(case: Case, burst: Burst) -> PerRow | None:
    """Return what is loaded row by row; None where the repetition is innocent."""
    query_class = case.query_class(burst.fingerprint)
    found = facts_of(case, query_class) if query_class else None
    if query_class is None or found is None or not is_lookup(found, query_class):
        return None
    if burst.distinct_parameters < WITH_PARENTS:
        return None
    certain = burst.entity is not None
    single = certain and one_row(query_class)
    key = key_of(case, found, single=single)
    keyed = key is not None
    if key is None and single and burst.distinct_parameters == burst.calls:
        # Another value each time, and never two rows: a key in all but name.
        key = compared_key(found)
    if key is None:
        return None
    parents = parents_of(case, burst, key) if keyed else None
    if burst.calls_alike < least(case, parents, certain=certain, keyed=keyed):
        return None
    # A session forgets rows that nobody holds: `get` asks again for one of several parents'.
    # One that each task has for itself knows nothing of the others' rows.
    asks_again = certain and (parents is not None or is_gathered(burst))
    shared = asks_again and burst.distinct_parameters >= WITH_PARENTS_UNCERTAIN
    if not shared and burst.distinct_parameters < min(burst.calls, MOST_DISTINCT) * SHARE_DISTINCT:
        return None
    table = parents[2] if parents else None
    relationship = relationship_along(case, key, table)
    return PerRow(
        f"{burst.entity or key.rows} by {key.column}",
        relationship,
        rewritten(case, burst, key, relationship, query_class, found),
        parents[:2] if parents else None,
        certain,
        key.column,
    )


def is_gathered(burst: Burst) -> bool:
    """Tell whether tasks that were started together sent a burst."""
    return burst.scope.gather is not None and burst.scope.session is None


def least(
    case: Case, parents: tuple[str, CallSite | None, str] | None, *, certain: bool, keyed: bool
) -> int:
    """Return how many repetitions are too many, by how much is known of them."""
    if parents is None:
        return ALONE if certain and keyed else ALONE_UNCERTAIN
    query_class = case.query_class(parents[0])
    many = query_class is not None and many_rows(query_class)
    return WITH_PARENTS if certain and many else WITH_PARENTS_UNCERTAIN


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
    key = compared_key(found)
    return key.column if key else None


def compared_key(found: Facts) -> Key | None:
    """Return the first column of the first table that is compared with one value, as a key."""
    first = found.tables[0].name
    return next((key for key in equal_keys(found) if key.table == first), None)


def equal_keys(found: Facts) -> list[Key]:
    """Return the columns compared with one value, those of the first table first."""
    equal = [p for p in found.predicates if p.match is Match.EQUALITY and not p.alternative]
    equal.sort(key=lambda predicate: predicate.at.use != 0)
    return [Key(p.table, p.column, found.tables[0].name) for p in equal]


def key_of(case: Case, found: Facts, *, single: bool) -> Key | None:
    """Return the key column by which a statement looks rows up.

    `single` tells whether the log shows one row at most for each call: where there is no
    schema to ask, whatever is compared is then a key.
    """
    for key in equal_keys(found):
        table = case.schema.table(key.table) if case.schema else None
        if is_key(table, key.column) if table else single or named_key(key.column):
            return key
    return None


def is_key(table: Table, column: str) -> bool:
    """Tell whether a column is by itself a unique or a foreign key."""
    unique = [index.columns for index in table.indexes if index.unique and index.where is None]
    return (column,) in [*unique, *(key.columns for key in table.foreign_keys)]


def named_key(column: str) -> bool:
    """Tell whether a column bears a key's name."""
    return column.lower() == "id" or column.lower().endswith("_id")


def parents_of(case: Case, burst: Burst, key: Key) -> tuple[str, CallSite | None, str] | None:
    """Return the latest earlier query whose rows lie at the other end of a key, and its table."""
    for fingerprint, site in reversed(burst.earlier):
        query_class = case.query_class(fingerprint)
        if query_class is None or fingerprint == burst.fingerprint:
            continue
        if AGGREGATE.match(fingerprint):
            continue  # A total holds no rows to loop over.
        found = facts_of(case, query_class)
        for use in found.tables if found else ():
            if found and leads_to(case, use.name, key) and holds(case, found, use.name, key):
                return fingerprint, site, use.name
    return None


def holds(case: Case, found: Facts, parent: str, key: Key) -> bool:
    """Tell whether a query reads the column of its table that a key is compared with.

    Asked where neither schema nor mapping tells which column that is.
    """
    if case.schema or case.workload.mapped or found.star or key.column != "id":
        return True
    return any(used.column in locals_of(case, key, parent) for used in found.selected)


def many_rows(query_class: QueryClass) -> bool:
    """Tell whether a query returned two rows and more a time."""
    return query_class.rows is not None and query_class.rows >= 2 * query_class.calls


def one_row(query_class: QueryClass) -> bool:
    """Tell whether a query found one row at most each time, by no limit and as no total."""
    text = query_class.fingerprint
    if " limit " in text.lower() or AGGREGATE.match(text):
        return False
    return query_class.rows is not None and query_class.rows <= query_class.calls
