"""UNION looks for equal rows where there cannot be any.

What it does:
    Finds a UNION of two SELECTs that give out the key of their rows and ask for different
    constants, or put different constants beside them, and plans it beside UNION ALL.

Why it matters:
    UNION sorts or hashes all rows to find equal ones; UNION ALL hands them on as they come, and
    the first come at once.

Example:
    union(select(Order).where(Order.state == "new"), select(Order).where(Order.state == "paid"))

Fix:
    union_all(...), or one select() with Order.state.in_(["new", "paid"]).

When to ignore:
    Never, as no row can be in both.

See Also:
    https://www.postgresql.org/docs/current/queries-union.html
    https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.union_all
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.query.rewrites import found, offered
from asa.sql.rewriting import Form

__all__ = ["RULE", "check"]

ID = "needless-union"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class with such a UNION."""
    for query_class, known, other in offered(case, Form.DISJOINT_UNION):
        table = known.tables[0].name
        yield found(ID, query_class, table, "no row is in both", "union_all(...)", other)


RULE = Rule(
    id=ID,
    family="query",
    summary="UNION where no row can be in both",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
