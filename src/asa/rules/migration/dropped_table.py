"""A table is dropped, and its rows with it.

What it does:
    Looks for tables dropped by an upgrade that were there before it.

Why it matters:
    The rows come back only from a backup, and the application that still runs fails.

Example:
    op.drop_table("legacy_orders")

Fix:
    Release an application without the table first. Rename the table, and drop it some weeks
    later; or keep a copy.

When to ignore:
    Nothing uses the table, and its rows are not needed.

See Also:
    https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.drop_table
    https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.rename_table
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import CreateTable, DropTable, RenameTable
from asa.model.rule import Rule
from asa.rules.migration.wording import found, lost

__all__ = ["RULE", "check"]

ID = "dropped-table"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such table."""
    # A table made anew under the same name in the same revision was copied, not lost.
    remade = {
        name
        for step in change.steps
        if isinstance(step.operation, RenameTable | CreateTable)
        for name in (getattr(step.operation, "new_name", step.operation.table),)
    }
    for step in change.steps:
        operation = step.operation
        if not isinstance(operation, DropTable) or operation.table in remade:
            continue
        rows = change.rows(operation.table)
        yield found(
            change,
            step,
            ID,
            Severity.INFO if rows == 0 else Severity.WARNING,
            operation.table,
            does="drops the table",
            why=f"{lost(rows)}, and code that uses it fails at once",
            safe="# 1. release code without the table   2. then, in a later revision:\n"
            f'op.drop_table("{operation.table}")',
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a table dropped with its rows",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
