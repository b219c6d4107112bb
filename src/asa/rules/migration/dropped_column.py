"""A column is dropped, and its values with it.

What it does:
    Looks for columns dropped by an upgrade from a table that was there before.

Why it matters:
    The application that runs while the revision is applied still selects the column and
    fails. The values come back only from a backup: a downgrade adds an empty column.

Example:
    op.drop_column("users", "nickname")

Fix:
    First release an application that does not use the column (`deferred`, then out of the
    model), then drop it in a later revision, with a backup.

When to ignore:
    The code that used the column is gone from everywhere.

See Also:
    https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.drop_column
    https://docs.sqlalchemy.org/en/20/orm/queryguide/columns.html#orm-queryguide-column-deferral
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AddColumn, DropColumn
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of

__all__ = ["RULE", "check"]

ID = "dropped-column"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    added = {
        (step.operation.table, step.operation.column.name)
        for step in change.steps
        if isinstance(step.operation, AddColumn)
    }
    for step in change.steps_on_existing():
        operation = step.operation
        if not isinstance(operation, DropColumn) or (operation.table, operation.column) in added:
            continue
        rows = change.rows(operation.table)
        yield found(
            change,
            step,
            ID,
            Severity.INFO if rows == 0 else Severity.WARNING,
            f"{operation.table}.{operation.column}",
            does="drops the column",
            why=f"the values of {rows_of(rows)} are lost, and code that reads it fails at once",
            safe="# 1. release code without the column   2. then, in a later revision:\n"
            f'op.drop_column("{operation.table}", "{operation.column}")',
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a column dropped with its values",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
