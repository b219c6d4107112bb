"""An index is the beginning of another index of its table.

What it does:
    Finds an index that bears no constraint, covers all rows, and whose keys are the first
    keys of another index that covers all rows too.

Why it matters:
    Whatever it can serve, the longer one serves as well; yet every INSERT, and most
    UPDATEs, write both.

Example:
    Index("ix_orders_customer_id", "customer_id"),
    Index("ix_orders_customer_id_created_at", "customer_id", "created_at"),

Fix:
    Drop the shorter one.

When to ignore:
    The longer one is many times as wide, and the shorter one is read all the time: then
    it is a cheaper copy, kept on purpose.

See Also:
    https://www.postgresql.org/docs/current/indexes-multicolumn.html
    https://dev.mysql.com/doc/refman/8.4/en/multiple-column-indexes.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.model.schema import Index, Table
from asa.rules.query.needless import dropped, drops

__all__ = ["RULE", "check"]

ID = "redundant-index"


def check(case: Case) -> Iterator[Finding]:
    """Yield each index that is the beginning of another one."""
    for table in case.schema.tables if case.schema else ():
        for index in table.indexes:
            if drops(index) and (other := longer(table, index)):
                keys = ", ".join(other.columns)
                yield dropped(ID, case, table, index, other, f"it begins ({keys})")


def longer(table: Table, index: Index) -> Index | None:
    """Return an index that begins with all keys of another and goes on."""
    width = len(index.columns)
    return next(
        (
            other
            for other in table.indexes
            if other.where is None
            and other.valid
            and len(other.columns) > width
            and other.columns[:width] == index.columns
        ),
        None,
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="an index that another one begins with",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
