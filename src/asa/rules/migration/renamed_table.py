"""A table is renamed.

What it does:
    Looks for tables renamed that were there before. A swap in one revision, where another
    table takes the old name, is silent.

Why it matters:
    The application that runs while the revision is applied asks for the old name and fails.

Example:
    op.rename_table("users", "accounts")

Fix:
    Keep the name in the database (`__tablename__ = "users"`); or leave a view with the old
    name until the old application is gone.

When to ignore:
    The application stands still while the revision is applied.

See Also:
    https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.rename_table
    https://www.postgresql.org/docs/current/sql-createview.html
    https://dev.mysql.com/doc/refman/8.4/en/rename-table.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command, RenameTable
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "renamed-table"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such table."""
    taken = {s.operation.new_name for s in change.steps if isinstance(s.operation, RenameTable)}
    taken |= {
        step.operation.subject
        for step in change.steps
        if isinstance(step.operation, Command) and step.operation.verb == "create view"
    }
    for step in change.steps_on_existing():
        operation = step.operation
        if not isinstance(operation, RenameTable) or operation.table in taken:
            continue
        empty = change.rows(operation.table) == 0
        old, new = operation.table, operation.new_name
        yield found(
            change,
            step,
            ID,
            Severity.INFO if empty else Severity.WARNING,
            old,
            does=f"gets the name {new}",
            why="code that runs now asks for the old name and fails",
            safe=f'op.rename_table("{old}", "{new}")\n'  # noqa: S608  (shown, never run)
            f'op.execute("CREATE VIEW {old} AS SELECT * FROM {new}")   # until it is gone',
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a table renamed while old code runs",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
