"""An index was left invalid: every write maintains it, and no query uses it.

What it does:
    Finds indexes that PostgreSQL's catalog marks invalid, as a CREATE INDEX CONCURRENTLY
    that failed leaves them behind.

Why it matters:
    Rows are written to it all the same, and its name stands in the way of the next try.

Example:
    CREATE INDEX CONCURRENTLY ix_orders_customer_id ON orders (customer_id)
    ERROR: canceling statement due to lock timeout

Fix:
    Drop it, and create it again where it is wanted.

When to ignore:
    While it is being built: an index is invalid until CONCURRENTLY is through.

See Also:
    https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    https://www.postgresql.org/docs/current/sql-reindex.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.fix import DropIndex
from asa.model.rule import Rule
from asa.rules.query.ddl import drop_index

__all__ = ["RULE", "check"]

ID = "invalid-index"


def check(case: Case) -> Iterator[Finding]:
    """Yield each index that is invalid and bears no constraint."""
    for table in case.schema.tables if case.schema else ():
        for index in table.indexes:
            if index.valid or index.name is None or index.constraint:
                continue
            yield Finding(
                ID,
                Severity.WARNING,
                f"{index.name} on {table.name} ({', '.join(index.columns)})",
                evidence=(("price", "written by every INSERT, used by no query"),),
                fix=DropIndex(
                    table.name, index.name, drop_index(case.dialect, table.name, index.name)
                ),
            )


RULE = Rule(
    id=ID,
    family="query",
    summary="an invalid index that is written all the same",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql",),
)
