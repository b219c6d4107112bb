"""A join makes many rows of each one, and DISTINCT throws them away again.

What it does:
    Finds SELECT DISTINCT that gives out the key of its rows and joins a table of which it
    gives out nothing, where one row meets many. It is planned beside EXISTS.

Why it matters:
    All pairs are made, sorted or hashed, only to be one row each in the end. EXISTS stops at
    the first that it finds. DISTINCT over all columns grows with each one that is added, and
    fails on a JSON column on PostgreSQL.

Example:
    select(User).join(User.orders).where(Order.total > 100).distinct()

Fix:
    select(User).where(User.orders.any(Order.total > 100))

When to ignore:
    Each row meets one or two.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/queryguide/select.html#exists-forms-has-any
    https://www.postgresql.org/docs/current/functions-subquery.html
    https://dev.mysql.com/doc/refman/8.4/en/semijoins-antijoins.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.query.rewrites import found, offered
from asa.sql.rewriting import Form

__all__ = ["RULE", "check"]

ID = "distinct-fan-out"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class whose DISTINCT undoes a join."""
    for query_class, _, other in offered(case, Form.SEMI_JOIN):
        fix = ".where(exists(...)), or a relationship's .any(), in place of .join() and .distinct()"
        yield found(ID, query_class, other.column, "joined, and made distinct", fix, other)


RULE = Rule(
    id=ID,
    family="query",
    summary="DISTINCT that undoes a join",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
