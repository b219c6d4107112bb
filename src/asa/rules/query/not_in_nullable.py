"""NOT IN over a subquery whose column may be NULL is slow, and may return nothing at all.

What it does:
    Finds NOT IN (SELECT column ...) where the column may be NULL; plans it beside NOT EXISTS.

Why it matters:
    One NULL in the subquery makes the condition unknown for every row: the query then returns
    no row. For that reason PostgreSQL and MySQL cannot plan it as an anti-join, and look
    through the subquery's rows for each row outside.

Example:
    select(User).where(User.id.not_in(select(Order.user_id)))

Fix:
    select(User).where(~select(Order.id).where(Order.user_id == User.id).exists())
    A row whose own value is NULL passes NOT EXISTS, and never NOT IN.

When to ignore:
    The column holds no NULL: then declare it nullable=False.

See Also:
    https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-NOTIN
    https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.exists
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.query.rewrites import attribute, found, offered
from asa.sql.rewriting import Form

__all__ = ["RULE", "check"]

ID = "not-in-nullable"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class with such a NOT IN."""
    for query_class, _, other in offered(case, Form.NOT_EXISTS):
        name = attribute(case, other.column)
        yield found(
            ID,
            query_class,
            other.column,
            "NOT IN, and may be NULL",
            f"~select(...).where({name} == ...).exists()",
            other,
            notes=(("beware", "one NULL there, and NOT IN returns no row at all"),),
        )


RULE = Rule(
    id=ID,
    family="query",
    summary="NOT IN over a column that may be NULL",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
