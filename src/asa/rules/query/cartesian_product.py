"""Two collections are joined in one query, so that each row of one meets each of the other.

What it does:
    Finds a SELECT that joins two tables or more which both hold many rows for one row of the
    first table, and reads columns of both: `joinedload` of two collections. Collections that
    lie one in the other are not meant, nor what is grouped.

Why it matters:
    A user with 50 posts and 40 logins comes back as 2,000 rows. SQLAlchemy throws all but 90
    away, after they were sent.

Example:
    select(User).options(joinedload(User.posts), joinedload(User.logins))

Fix:
    Load collections by queries of their own:
    select(User).options(selectinload(User.posts), selectinload(User.logins))

When to ignore:
    Both collections never hold more than a few rows.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#joined-eager-loading
    https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#selectin-eager-loading
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.fix import Rewrite
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.candidates import facts_of
from asa.rules.query.n_plus_one import location, place
from asa.rules.query.relationship import Key, relationship_along
from asa.rules.query.wording import query_text, seen
from asa.sql.facts import ColumnUse, Facts
from asa.sql.statement import Kind

__all__ = ["RULE", "check"]

ID = "cartesian-product"
LEAST_ROWS = 12
"""Rows a time below which nothing can be told, or lost."""


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class that multiplies collections."""
    for query_class in case.workload.classes:
        if query_class.rows is not None and query_class.rows < LEAST_ROWS * query_class.calls:
            continue
        found = facts_of(case, query_class)
        if found is None or found.kind is not Kind.SELECT or found.group_by or found.distinct:
            continue
        for use in range(len(found.tables)):
            branches = collections_of(case, found, use)
            if len(branches) > 1:
                yield finding(query_class, found.tables[use].name, branches)
                break


def collections_of(case: Case, found: Facts, use: int) -> tuple[str, ...]:
    """Return the collections that a statement joins to one place and reads columns of."""
    names = []
    read = {column.use for column in found.selected}
    for here, there in directed(found, use):
        key = Key(there.table, there.column, there.table)
        if here.column == there.column or not reaches(found, there.use, use) & read:
            continue
        name = collection_name(case, key, here)
        if name is not None:
            names.append(name)
    return tuple(dict.fromkeys(names))


def directed(found: Facts, use: int) -> Iterator[tuple[ColumnUse, ColumnUse]]:
    """Yield the joins of one place, that place first."""
    for join in found.joins:
        if join.left.use == use:
            yield join.left, join.right
        elif join.right.use == use:
            yield join.right, join.left


def reaches(found: Facts, start: int, without: int) -> set[int]:
    """Return the places that joins reach from one, but not by way of another."""
    reached, waiting = {start}, [start]
    while waiting:
        for _, there in directed(found, waiting.pop()):
            if there.use != without and there.use not in reached:
                reached.add(there.use)
                waiting.append(there.use)
    return reached


def collection_name(case: Case, key: Key, here: ColumnUse) -> str | None:
    """Name the collection that a join leads to; None where it leads to a single row."""
    far = case.schema.table(key.table) if case.schema else None
    if far is not None:
        if not any(foreign.columns == (key.column,) for foreign in far.foreign_keys):
            return None
        if any(index.unique and index.columns == (key.column,) for index in far.indexes):
            return None
    elif here.column != "id" or not key.column.endswith("_id"):
        return None
    return relationship_along(case, key, here.table) or str(key)


def finding(query_class: QueryClass, table: str, branches: tuple[str, ...]) -> Finding:
    """Return the finding for one class."""
    site = query_class.call_sites[0][0] if query_class.call_sites else None
    rows = (query_class.rows or 0) / max(query_class.calls, 1)
    options = [
        f"selectinload({name})" for name in branches if "->" not in name and name[0].isupper()
    ]
    fix = f".options({', '.join(options)})" if options else "selectinload for each collection"
    evidence = [("load", place(site))] if site else []
    evidence += [("query", query_text(query_class)), ("seen", seen(query_class))]
    return Finding(
        ID,
        Severity.WARNING,
        " x ".join(branches),
        f"{rows:,.0f} rows a time" if rows else f"all of {table}",
        evidence=tuple(evidence),
        location=location(site),
        fix=Rewrite(fix, site),
        fingerprints=(query_class.fingerprint,),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="two collections joined in one query multiply",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
