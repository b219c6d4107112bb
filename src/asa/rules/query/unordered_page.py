"""A page is asked for by OFFSET, and nothing says in which order the rows come.

What it does:
    Finds a SELECT with LIMIT and OFFSET and without ORDER BY. LIMIT alone is not meant: any
    rows may be wanted; nor are queries of one row by its key, and LIMIT 1.

Why it matters:
    Without ORDER BY a database gives rows as they come, today by insertion, tomorrow by
    another index or with another number of workers: rows appear on two pages or on none. It
    does so as soon as rows are updated, and never in the tests.

Example:
    select(Hero).offset(offset).limit(limit)

Fix:
    select(Hero).order_by(Hero.id).offset(offset).limit(limit)

When to ignore:
    The rows fit into one page for good.

See Also:
    https://www.postgresql.org/docs/current/queries-limit.html
    https://docs.sqlalchemy.org/en/20/faq/ormconfiguration.html#faq-subqueryload-limit-sort
"""

import re
from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.candidates import facts_of
from asa.rules.query.rewrites import attribute, found
from asa.sql.facts import Facts, Match
from asa.sql.statement import Kind

__all__ = ["RULE", "check"]

ID = "unordered-page"
ORDERED = re.compile(r"\bORDER\b|\bGROUP\b", re.IGNORECASE)
ONE_ROW = re.compile(r"\bLIMIT\s+1\b", re.IGNORECASE)


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class that pages through rows in no order."""
    for query_class in case.workload.classes:
        known = facts_of(case, query_class)
        if known is None or query_class.truncated or not pages(known, query_class):
            continue
        table = known.tables[0].name
        if not pinned(case, known):
            key = attribute(case, f"{table}.{key_of(case, table)}")
            fix = f".order_by({key}) before .offset()"
            yield found(ID, query_class, table, "OFFSET without ORDER BY", fix)


def pages(known: Facts, query_class: QueryClass) -> bool:
    """Tell whether a class asks for a page of rows in no order; grouped ones are left alone."""
    sql = query_class.sql
    return (
        known.kind is Kind.SELECT
        and known.limited
        and known.offset
        and bool(known.tables)
        and (bool(known.selected) or known.star)
        and not (ORDERED.search(sql) or ONE_ROW.search(sql))
        and not first_alone(query_class)
    )


def first_alone(query_class: QueryClass) -> bool:
    """Tell whether a class asks for the first page only: SQLAlchemy gives SQLite an OFFSET of 0."""
    sets = [one.parameters for one in query_class.parameter_sets]
    last = [values[-1] for values in sets if isinstance(values, tuple) and values]
    if query_class.dialect != "sqlite" or not query_class.fingerprint.endswith("OFFSET ?"):
        return False
    return bool(last) and len(last) == len(sets) and not any(last)


def pinned(case: Case, known: Facts) -> bool:
    """Tell whether a key of the first table is given: then there is one row."""
    table = case.schema.table(known.tables[0].name) if case.schema else None
    equal = {
        p.column.lower()
        for p in known.predicates
        if p.at.use == 0 and p.match is Match.EQUALITY and not p.alternative
    }
    keys = [index.columns for index in table.indexes if index.unique] if table else [("id",)]
    return any({column.lower() for column in key} <= equal for key in keys)


def key_of(case: Case, name: str) -> str:
    """Return the first column of a table's primary key; `id` where it is not known."""
    table = case.schema.table(name) if case.schema else None
    keys = (index.columns[0] for index in (table.indexes if table else ()) if index.primary)
    return next(keys, "id")


RULE = Rule(
    id=ID,
    family="query",
    summary="pages of rows in no order",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
