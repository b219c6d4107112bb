"""An OR over several columns or tables makes the database read everything.

What it does:
    Finds a SELECT with one OR between different columns, which gives out the key of its rows,
    and plans it beside the UNION of its alternatives. Only where the UNION saves much is it
    said: PostgreSQL and SQLite often use two indexes for an OR by themselves.

Why it matters:
    No one index finds the rows of both alternatives, and across two tables none can: the join
    is made in full before a row is thrown away.

Example:
    select(Order).join(User).where(or_(Order.code == text, User.email == text))

Fix:
    union(select(Order)...where(Order.code == text), select(Order)...where(User.email == text))
    read as entities by select(Order).from_statement(...).

When to ignore:
    The tables stay small.

See Also:
    https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.union
    https://www.postgresql.org/docs/current/indexes-bitmap-scans.html
    https://dev.mysql.com/doc/refman/8.4/en/index-merge-optimization.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.query.rewrites import found, offered
from asa.sql.rewriting import Form

__all__ = ["RULE", "check"]

ID = "or-across-columns"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class with such an OR."""
    for query_class, known, other in offered(case, Form.SPLIT_OR):
        fix = "union() of one select() for each alternative of or_()"
        yield found(ID, query_class, other.column, f"OR on {known.tables[0].name}", fix, other)


RULE = Rule(
    id=ID,
    family="query",
    summary="an OR that no index serves",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
