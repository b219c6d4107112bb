"""An IN list holds more than a thousand values.

What it does:
    Finds statements of which one IN list holds more than 1,000 values, where they took time.
    What selectinload sends, 500 at a time, is not meant; nor is `= ANY(array)`, one value.

Why it matters:
    Each value is parsed, bound and planned with, and each length is another statement, so
    that none is prepared twice. PostgreSQL and asyncpg end at 32,767 values, SQLite at 32,766,
    other builds far below: the statement that grows with the data fails one day.

Example:
    ids = (await session.scalars(select(User.id).where(User.active))).all()
    select(Order).where(Order.user_id.in_(ids))

Fix:
    select(Order).where(Order.user_id.in_(select(User.id).where(User.active)))
    Where the values come from elsewhere: one array on PostgreSQL,
    `Order.user_id == any_(literal(ids, ARRAY(Integer)))`, or a few hundred at a time.

When to ignore:
    It runs once a night, and the list does not grow.

See Also:
    https://docs.sqlalchemy.org/en/20/core/operators.html#in-comparisons
    https://www.postgresql.org/docs/current/functions-comparisons.html
    https://www.sqlite.org/limits.html
"""

import re
from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.candidates import facts_of
from asa.rules.query.rewrites import LEAST_MS, found
from asa.sql.facts import Match

__all__ = ["RULE", "check"]

ID = "large-in-list"
MOST = 1_000
LIST = re.compile(r"\bIN\s*\(([^()]*)\)", re.IGNORECASE)
ARRAY = ".in_(select(...)) where a query gave the values, else == any_(literal(values, ARRAY(...)))"
CHUNKS = ".in_(select(...)) where a query gave the values, else a few hundred at a time"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class with such a list."""
    for query_class in case.workload.classes:
        if query_class.total_ms is not None and query_class.total_ms < LEAST_MS:
            continue
        size = longest(query_class)
        if size > MOST:
            fix = ARRAY if case.dialect == "postgresql" else CHUNKS
            yield found(ID, query_class, subject(case, query_class), f"{size:,} values", fix)


def longest(query_class: QueryClass) -> int:
    """Return the number of values of the longest list of the statement kept."""
    lists = LIST.findall(query_class.sql)
    return max((text.count(",") + 1 for text in lists), default=0)


def subject(case: Case, query_class: QueryClass) -> str:
    """Return the column that is compared with a list, where that is certain."""
    known = facts_of(case, query_class)
    columns = {
        f"{p.table}.{p.column}" for p in (known.predicates if known else ()) if p.match is Match.IN
    }
    return columns.pop() if len(columns) == 1 else "IN (...)"


RULE = Rule(
    id=ID,
    family="query",
    summary="IN with more than a thousand values",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
