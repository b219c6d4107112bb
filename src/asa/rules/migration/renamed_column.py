"""A column is renamed.

What it does:
    Looks for columns renamed in a table that was there before.

Why it matters:
    The application that runs while the revision is applied knows only the old name, the new
    one only the new: one of them fails until all of it is released.

Example:
    op.alter_column("users", "name", new_column_name="full_name")

Fix:
    Keep the column's name in the database and map it:
    full_name: Mapped[str] = mapped_column("name"). Or add the new column, write both, fill
    it, read the new one, drop the old one.

When to ignore:
    The application stands still while the revision is applied.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html
    https://www.postgresql.org/docs/current/sql-altertable.html
    https://dev.mysql.com/doc/refman/8.4/en/alter-table.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AddColumn, AlterColumn
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "renamed-column"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    added = {
        (step.operation.table, step.operation.column.name)
        for step in change.steps
        if isinstance(step.operation, AddColumn)
    }
    for step in change.steps_on_existing():
        operation = step.operation
        renamed = operation.change("name") if isinstance(operation, AlterColumn) else None
        if not isinstance(operation, AlterColumn) or renamed is None:
            continue
        # The last step of a swap: the new column takes the old one's name.
        if (operation.table, operation.column) in added or renamed.before == renamed.after:
            continue
        empty = change.rows(operation.table) == 0
        yield found(
            change,
            step,
            ID,
            Severity.INFO if empty else Severity.WARNING,
            f"{operation.table}.{operation.column}",
            does=f"gets the name {renamed.after}",
            why="code that runs now asks for the old name and fails",
            safe=f'{renamed.after}: Mapped[...] = mapped_column("{operation.column}")'
            "   # in the model",
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a column renamed while old code runs",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
