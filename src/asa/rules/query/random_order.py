"""ORDER BY random() gives every row of the table a number, and sorts them all.

What it does:
    Finds ORDER BY random() or rand() with LIMIT on a large table with a key of one column, and
    plans it beside the same rows by the order of the key.

Why it matters:
    To show five rows the whole table is read and sorted, by each request.

Example:
    select(Quote).order_by(func.random()).limit(1)

Fix:
    Choose a key by chance, and take the rows from there on:
    select(Quote).where(Quote.id >= chosen).order_by(Quote.id).limit(1)
    On PostgreSQL also select(tablesample(Quote, func.system_rows(1))).

When to ignore:
    Each row must have exactly the same chance although keys have gaps.

See Also:
    https://www.postgresql.org/docs/current/tsm-system-rows.html
    https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.tablesample
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.query.rewrites import attribute, found, offered
from asa.sql.rewriting import Form

__all__ = ["RULE", "check"]

ID = "random-order"
HOW = "the rows from a key on as those from the first on"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class ordered by chance."""
    for query_class, known, other in offered(case, Form.KEY_ORDER):
        name = attribute(case, other.column)
        yield found(
            ID,
            query_class,
            known.tables[0].name,
            "sorted by chance",
            f".where({name} >= chosen).order_by({name})",
            other,
            how=HOW,
        )


RULE = Rule(
    id=ID,
    family="query",
    summary="all rows sorted by chance",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
