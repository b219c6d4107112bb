"""A column that always held a value may hold NULL from now on.

What it does:
    Looks for existing columns that lose NOT NULL.

Why it matters:
    The change itself is quick. But code that is running, reports and other readers were
    written for a column without NULL, and `Mapped[str]` says the same of the model. Going back
    needs every row to be filled first.

Example:
    op.alter_column("users", "name", existing_type=sa.String(50), nullable=True)

Fix:
    First deploy readers that bear NULL, with `Mapped[str | None]`; then apply the revision.

When to ignore:
    Every reader bears NULL already.

See Also:
    https://www.postgresql.org/docs/current/ddl-alter.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AlterColumn
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "dropped-not-null"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    for step in change.steps_on_existing():
        operation = step.operation
        altered = operation.change("null") if isinstance(operation, AlterColumn) else None
        if not isinstance(operation, AlterColumn) or altered is None:
            continue
        table = change.table(operation.table)
        known = table.column(operation.column) if table else None
        # MySQL's MODIFY, and careful authors, restate what the column is already.
        was_nullable = altered.before == altered.after or (known is not None and known.nullable)
        if altered.after == "not null" or was_nullable:
            continue
        yield found(
            change,
            step,
            ID,
            Severity.INFO,
            f"{operation.table}.{operation.column}",
            does="loses NOT NULL",
            why="readers that run meanwhile do not expect NULL in it",
            safe="# deploy readers that bear NULL before this revision is applied",
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a column that may hold NULL from now on",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
)
