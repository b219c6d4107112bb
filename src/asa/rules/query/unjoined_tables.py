"""Two tables stand side by side in FROM, and nothing joins them.

What it does:
    Finds a SELECT that lists tables of which no condition ties one to the other, where neither
    is narrowed to one row by its key. CROSS JOIN is meant, and left alone. Where one foreign
    key leads from one to the other, the query is planned with it.

Why it matters:
    Each row of one meets each row of the other: 50,000 and 20,000 rows make 1,000,000,000.

Example:
    select(Order).where(User.email == email)

Fix:
    select(Order).join(Order.user).where(User.email == email)

When to ignore:
    All pairs are wanted: then say so, `.join(User, true())`.

See Also:
    https://docs.sqlalchemy.org/en/20/changelog/migration_14.html#change-4737
    https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-FROM
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.query.rewrites import found, offered
from asa.sql.rewriting import Form

__all__ = ["RULE", "check"]

ID = "unjoined-tables"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class with tables that nothing joins."""
    for query_class, _, other in offered(case, Form.JOINED_TABLES):
        fix = f".join(...) on {other.now}" if other.now else ".join(...) with a condition"
        instead = other if other.now else None
        yield found(ID, query_class, other.column, "nothing joins them", fix, instead)


RULE = Rule(
    id=ID,
    family="query",
    summary="tables that nothing joins",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
