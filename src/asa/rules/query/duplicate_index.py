"""Two indexes of one table have the same keys in the same order.

What it does:
    Finds an index that bears no constraint and equals another one.

Why it matters:
    Every INSERT, and most UPDATEs, write both; the planner uses one.

Example:
    Index("ix_orders_customer_id", "customer_id"),
    Index("orders_customer", "customer_id"),

Fix:
    Drop the one that is not unique; of two alike, the younger name.

When to ignore:
    While the other one is being built or dropped.

See Also:
    https://www.postgresql.org/docs/current/indexes.html
    https://dev.mysql.com/doc/refman/8.4/en/sys-schema-redundant-indexes.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.model.schema import Index, Table
from asa.rules.query.needless import dropped, drops

__all__ = ["RULE", "check"]

ID = "duplicate-index"


def check(case: Case) -> Iterator[Finding]:
    """Yield each index that another one equals."""
    for table in case.schema.tables if case.schema else ():
        for index in table.indexes:
            if drops(index) and (other := equal(table, index)):
                yield dropped(ID, case, table, index, other, "the same keys")


def equal(table: Table, index: Index) -> Index | None:
    """Return an index with the same keys that is worth more, or as much and named before."""
    return next(
        (
            other
            for other in table.indexes
            if other is not index
            and other.columns == index.columns
            and other.where is None
            and other.valid
            and (not drops(other) or (other.name or "") < (index.name or ""))
        ),
        None,
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="two indexes with the same keys",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
