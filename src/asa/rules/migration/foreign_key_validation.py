"""A foreign key is added to a table with rows, and every row is checked at once.

What it does:
    Looks for foreign keys added to a table that was there before, without NOT VALID
    (PostgreSQL), or with the checks on (MySQL). A column that the same revision adds without
    a default holds only NULLs, so its key is silent on PostgreSQL where the table is small.

Why it matters:
    PostgreSQL locks both tables against writes while it reads all rows; MySQL copies the
    table. Two tables are locked, so that a deadlock with the application is at hand.

Example:
    op.create_foreign_key("fk_orders_user", "orders", "users", ["user_id"], ["id"])

Fix:
    Add it NOT VALID, which reads nothing, and validate it in a revision of its own, which
    lets writers go on.

When to ignore:
    Both tables are small.

See Also:
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import AddConstraint, Command
from asa.model.rule import Rule
from asa.rules.migration.wording import found, listed, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "foreign-key-validation"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such key."""
    checks_off = False
    for step in change.steps:
        operation = step.operation
        if isinstance(operation, Command) and "foreign_key_checks" in operation.words:
            checks_off = operation.sql.rstrip("; ").endswith(("0", "OFF", "off"))
        if not isinstance(operation, AddConstraint) or operation.kind != "foreign key":
            continue
        if change.exists(operation.table) and operation.validated and not checks_off:
            yield finding(change, step, operation)


def finding(change: RevisionChange, step: Step, operation: AddConstraint) -> Finding:
    """Return the finding for one key."""
    table = operation.table
    target = operation.target[0] if operation.target else ""
    rows = change.rows(table)
    name = operation.name or f"fk_{table.rpartition('.')[2]}_{'_'.join(operation.columns)}"
    columns, remote = (
        listed(operation.columns),
        listed(operation.target[1] if operation.target else ()),
    )
    subject = f"{table} ({', '.join(operation.columns)})"
    if change.dialect == "mysql":
        return found(
            change,
            step,
            ID,
            weighed(rows, Severity.WARNING),
            subject,
            does=f"adds a foreign key to {target}",
            why=f"copies {rows_of(rows)} while writers wait, unless the checks are off",
            safe='op.execute("SET foreign_key_checks = 0")   # after a look for orphans\n'
            f'op.create_foreign_key("{name}", "{table}", "{target}", [{columns}], [{remote}])\n'
            'op.execute("SET foreign_key_checks = 1")',
        )
    return found(
        change,
        step,
        ID,
        weighed(rows, Severity.WARNING),
        subject,
        does=f"adds a foreign key to {target}",
        why=f"reads {rows_of(rows)} while {table} and {target} are locked against writes",
        safe=f'op.create_foreign_key("{name}", "{table}", "{target}",\n'
        f"                      [{columns}], [{remote}], postgresql_not_valid=True)\n"
        "# in the next revision:\n"
        f'op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT {name}")',
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a foreign key that reads every row locked",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
