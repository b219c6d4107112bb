"""A function or a cast around an indexed column keeps the index from serving.

What it does:
    Finds the day or the year of a time, a number cast to text, and sums with a number, compared
    with a value, where an index begins with the column itself. Both forms are planned: only
    where the bare column saves much is it said.

Why it matters:
    The index holds the column, not the function of it: the database computes it for each row.

Example:
    select(Order).where(func.date(Order.placed) == day)

Fix:
    select(Order).where(Order.placed >= day, Order.placed < day + timedelta(days=1))
    A comparison with lower(email) is no such thing: it needs an index over the expression,
    which missing-index proposes.

When to ignore:
    The times are kept as text in another spelling than the database's own.

See Also:
    https://www.postgresql.org/docs/current/indexes-expressional.html
    https://dev.mysql.com/doc/refman/8.4/en/range-optimization.html
    https://www.sqlite.org/optoverview.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.query.rewrites import attribute, found, offered
from asa.sql.rewriting import Form

__all__ = ["RULE", "check"]

ID = "function-on-column"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class whose column stands in a function."""
    for query_class, _, other in offered(case, Form.BARE_COLUMN):
        name = attribute(case, other.column)
        ranged = " AND " in other.now
        fix = f"{name} >= low, {name} < high" if ranged else f"{name} alone, the value converted"
        yield found(
            ID,
            query_class,
            other.column,
            "its index cannot serve",
            f".where({fix})" if ranged else f".where() with {fix}",
            other,
        )


RULE = Rule(
    id=ID,
    family="query",
    summary="a function around an indexed column",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
