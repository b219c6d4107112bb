"""A foreign key is dropped and none takes its place.

What it does:
    Looks for foreign keys dropped from existing tables. Silent where the revision drops the
    table or a column of it too, or makes another foreign key on the table.

Why it matters:
    Rows without a parent can come in from then on, and ON DELETE CASCADE stops silently;
    making the key again fails at the first of them. PostgreSQL takes ACCESS EXCLUSIVE on the
    referenced table as well as on the table itself.

Example:
    op.drop_constraint("orders_user_id_fkey", "orders", type_="foreignkey")

Fix:
    Keep the key; where it is another one that is wanted, make that in the same revision.

When to ignore:
    The application watches over the references itself.

See Also:
    https://www.postgresql.org/docs/current/sql-altertable.html
    https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AddConstraint, DropColumn, DropConstraint, DropTable
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "dropped-foreign-key"
WHY = {
    "postgresql": "rows without a parent can come in; locks the referenced table too",
    "mysql": "rows without a parent can come in from now on",
    "sqlite": "rows without a parent can come in from now on",
}


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such foreign key."""
    settled = {
        step.operation.table.lower()
        for step in change.steps
        if isinstance(step.operation, DropTable | DropColumn)
        or (isinstance(step.operation, AddConstraint) and step.operation.kind == "foreign key")
    }
    for step in change.steps_on_existing():
        operation = step.operation
        if not isinstance(operation, DropConstraint) or operation.kind != "foreign key":
            continue
        if operation.table.lower() in settled:
            continue
        yield found(
            change,
            step,
            ID,
            Severity.INFO,
            f"{operation.table}.{operation.name or 'foreign key'}",
            does="is dropped, and no foreign key takes its place",
            why=WHY[change.dialect],
            safe="# keep it, or make its successor in the same revision",
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a foreign key dropped without a successor",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
)
