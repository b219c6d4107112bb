"""A subquery is computed anew for each row of the query around it.

What it does:
    Finds an aggregate over one table that is tied to the row around it by one column, in the
    select list of a query without LIMIT, or compared in WHERE, and plans it beside a join
    with all aggregates computed at once.

Why it matters:
    For 50,000 rows it is asked 50,000 times, and where no index serves it reads its table as
    often.

Example:
    orders = select(func.count()).where(Order.user_id == User.id).scalar_subquery()
    select(User.name, orders)

Fix:
    orders = select(Order.user_id, func.count().label("n")).group_by(Order.user_id).subquery()
    select(User.name, func.coalesce(orders.c.n, 0)).outerjoin(orders, ...)

When to ignore:
    Few rows are left around it, and an index serves the subquery: the planner says so, and
    nothing is found.

See Also:
    https://docs.sqlalchemy.org/en/20/tutorial/data_select.html#scalar-and-correlated-subqueries
    https://dev.mysql.com/doc/refman/8.4/en/correlated-subqueries.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.query.rewrites import found, offered
from asa.sql.rewriting import Form

__all__ = ["RULE", "check"]

ID = "correlated-subquery"
FIX = ".outerjoin() with a subquery() that groups by the column that ties them"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class with an aggregate for each row."""
    for query_class, _, other in offered(case, Form.JOINED_AGGREGATE):
        yield found(ID, query_class, other.column, "computed for each row", FIX, other)


RULE = Rule(
    id=ID,
    family="query",
    summary="an aggregate computed anew for each row",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
