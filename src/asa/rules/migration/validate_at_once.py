"""A constraint is added NOT VALID and validated in the same transaction.

What it does:
    Looks for VALIDATE CONSTRAINT behind an ADD CONSTRAINT ... NOT VALID of the same table in
    one transaction.

Why it matters:
    The strong lock of the first statement is held until the transaction ends, so writers
    wait while all rows are read: nothing is gained by NOT VALID.

Example:
    op.create_check_constraint("ck", "users", "age > 0", postgresql_not_valid=True)
    op.execute("ALTER TABLE users VALIDATE CONSTRAINT ck")

Fix:
    Validate in a revision of its own, with transaction_per_migration in env.py; or in an
    autocommit block.

When to ignore:
    The table is small.

See Also:
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    https://alembic.sqlalchemy.org/en/latest/api/runtime.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AddConstraint, ValidateConstraint
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "validate-at-once"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such validation."""
    added: dict[str, int] = {}
    for step in change.steps_on_existing():
        operation = step.operation
        if isinstance(operation, AddConstraint) and not operation.validated:
            if step.transaction is not None:
                added[operation.table] = step.transaction
        elif (
            isinstance(operation, ValidateConstraint)
            and step.transaction is not None
            and added.get(operation.table) == step.transaction
        ):
            rows = change.rows(operation.table)
            yield found(
                change,
                step,
                ID,
                weighed(rows, Severity.WARNING),
                f"{operation.table} {operation.name}",
                does="validates in the transaction that added the constraint",
                why=f"reads {rows_of(rows)} under the lock that adding it took",
                safe="# in a revision of its own:\n"
                f'op.execute("ALTER TABLE {operation.table} '
                f'VALIDATE CONSTRAINT {operation.name}")',
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="NOT VALID and VALIDATE in one transaction",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql",),
)
