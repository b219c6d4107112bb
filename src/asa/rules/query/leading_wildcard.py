"""LIKE looks for a text anywhere inside a column, and the whole table is read for it.

What it does:
    Finds LIKE and ILIKE whose pattern begins with a wildcard, in the statement or in its
    values, where the plan reads a table of 1,000 rows and more whole, and no column of it is
    compared with a value, which an index could serve. Where pg_trgm is installed,
    missing-index proposes a trigram index, and proves it.

Why it matters:
    A B-tree is ordered by the beginning of a text, and helps nothing without it.

Example:
    select(User).where(User.name.icontains(text))

Fix:
    PostgreSQL: CREATE EXTENSION pg_trgm, then Index("ix_users_name", "name",
    postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}).
    MySQL: a FULLTEXT index and MATCH ... AGAINST. SQLite: an FTS5 table.
    Where the start of the text is meant, .startswith(text).

When to ignore:
    The search is rare, or other conditions leave few rows.

See Also:
    https://www.postgresql.org/docs/current/pgtrgm.html
    https://dev.mysql.com/doc/refman/8.4/en/fulltext-search.html
    https://www.sqlite.org/fts5.html
"""

import re
from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.plan import Access, Plan
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.candidates import narrowed, use_of
from asa.rules.query.missing_index import SMALL_ROWS
from asa.rules.query.rewrites import found, rows_of, worthwhile
from asa.rules.query.wording import large
from asa.sql.facts import ColumnUse, Facts, Match

__all__ = ["RULE", "check"]

ID = "leading-wildcard"
WRITTEN = re.compile(r"(?<!NOT )\bI?LIKE\s+(?:\w{0,12}\s*\(\s*)?'%", re.IGNORECASE)
FIXES = {
    "postgresql": "CREATE EXTENSION pg_trgm, and a GIN index with gin_trgm_ops",
    "mysql": "a FULLTEXT index, and MATCH ... AGAINST",
    "sqlite": "an FTS5 table, and MATCH",
}


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class that looks for a text anywhere."""
    if case.schema and "pg_trgm" in case.schema.extensions:
        return
    for query_class, known in worthwhile(case):
        plan = case.plan(query_class.fingerprint)
        sought = searched(known)
        if plan is None or sought is None or not anywhere(query_class):
            continue
        if narrowed(known, sought.use):
            continue
        rows = rows_of(case, sought.table)
        if rows >= SMALL_ROWS and reads_whole(case, known, sought, plan):
            fix = FIXES.get(case.dialect or "", "an index for parts of words")
            subject = f"{sought.table}.{sought.column}"
            yield found(ID, query_class, subject, f"all of {large(rows)} rows read", fix)


def searched(known: Facts) -> ColumnUse | None:
    """Return the column that a pattern has to match, itself or in a function."""
    plain = (p.at for p in known.predicates if p.match is Match.PATTERN and not p.alternative)
    computed = (c.at for c in known.computed if c.match is Match.PATTERN)
    either = (p.at for p in known.predicates if p.match is Match.PATTERN)
    return next((at for group in (plain, computed, either) for at in group), None)


def anywhere(query_class: QueryClass) -> bool:
    """Tell whether a pattern of a class begins with a wildcard."""
    return bool(WRITTEN.search(query_class.sql)) or any(
        isinstance(value, str) and value.startswith("%")
        for one in query_class.parameter_sets
        for value in values(one.parameters)
    )


def values(parameters: object) -> tuple[object, ...]:
    """Return the values of one execution."""
    match parameters:
        case dict():
            return tuple(parameters.values())
        case tuple():
            return parameters
    return ()


def reads_whole(case: Case, known: Facts, sought: ColumnUse, plan: Plan) -> bool:
    """Tell whether a plan reads the whole table of a column."""
    return case.schema is not None and any(
        node.access is Access.FULL and use_of(known, node, case.schema) == sought.use
        for node in plan.walk()
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="a text sought anywhere inside a column",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
