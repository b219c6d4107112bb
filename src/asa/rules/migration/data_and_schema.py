"""A revision changes rows while it holds the lock of a changed table.

What it does:
    Looks for updates, deletes and copies of rows in existing tables in the transaction that
    changes the shape of an existing one. Small tables are of no weight; filling a table that
    the revision makes is silent.

Why it matters:
    On PostgreSQL the lock of the ALTER TABLE is held until the last row is changed. On MySQL
    the ALTER TABLE commits: when the rows fail, it stays.

Example:
    op.add_column("users", sa.Column("full_name", sa.Text()))
    op.execute("UPDATE users SET full_name = first || ' ' || last")

Fix:
    Two revisions: one for the shape, one for the rows, in batches.

When to ignore:
    Few rows are changed.

See Also:
    https://www.postgresql.org/docs/current/explicit-locking.html
    https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import ChangeRows
from asa.model.rule import Rule
from asa.rules.migration.locking import locked_table
from asa.rules.migration.wording import SMALL_ROWS, found

__all__ = ["RULE", "check"]

ID = "data-and-schema"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield one finding for each transaction that does both."""
    locked: dict[int, str] = {}
    for step in change.steps:
        if step.transaction is None:
            continue
        table = locked_table(change, step)
        if table is not None:
            locked.setdefault(step.transaction, table)
    told: set[int] = set()
    for step in change.steps:
        transaction = step.transaction
        if transaction is None or transaction in told or transaction not in locked:
            continue
        if is_heavy(change, step):
            told.add(transaction)
            yield finding(change, step, locked[transaction])


def is_heavy(change: RevisionChange, step: Step) -> bool:
    """Tell whether a step changes many rows of a table that was there before."""
    operation = step.operation
    if not isinstance(operation, ChangeRows) or operation.reach == "batch":
        return False
    if operation.verb == "insert" or not change.exists(operation.table):
        return False
    rows = change.rows(operation.table)
    return rows is None or rows >= SMALL_ROWS


def finding(change: RevisionChange, step: Step, table: str) -> Finding:
    """Return the finding for one transaction."""
    rows = getattr(step.operation, "table", "")
    on_mysql = change.dialect == "mysql"
    return found(
        change,
        step,
        ID,
        Severity.WARNING,
        str(rows),
        does=f"changes rows of {rows} in the transaction that changes {table}",
        why=f"the change of {table} is committed already when the rows fail"
        if on_mysql
        else f"{table} stays locked until the last row is changed",
        safe="# two revisions: one for the table, one for the rows, in batches",
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="rows and tables in one transaction",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
