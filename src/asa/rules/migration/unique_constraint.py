"""A unique constraint or a primary key is added to a table with rows.

What it does:
    Looks for unique and primary keys added to a table that was there before, unless they
    take over a finished index (USING INDEX).

Why it matters:
    PostgreSQL builds the index under ACCESS EXCLUSIVE: nobody reads or writes until it ends.
    On every database the statement fails where two rows are alike.

Example:
    op.create_unique_constraint("uq_users_email", "users", ["email"])

Fix:
    Build a unique index CONCURRENTLY, then let the constraint take it over.

When to ignore:
    The table is small and holds no duplicates.

See Also:
    https://www.postgresql.org/docs/current/sql-altertable.html
    https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import AddColumn, AddConstraint
from asa.model.rule import Rule
from asa.rules.migration.wording import found, listed, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "unique-constraint"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such key."""
    added = {
        (step.operation.table, step.operation.column.name)
        for step in change.steps
        if isinstance(step.operation, AddColumn) and step.operation.column.default is None
    }
    for step, operation in change.constraints():
        if operation.kind not in ("unique", "primary key") or operation.index is not None:
            continue
        # A column that is new and empty has no duplicates to fail at.
        fresh = any((operation.table, column) in added for column in operation.columns)
        if change.dialect == "postgresql":
            yield on_postgresql(change, step, operation)
        elif operation.kind == "unique" and not fresh and change.rows(operation.table) != 0:
            yield elsewhere(change, step, operation)


def on_postgresql(change: RevisionChange, step: Step, operation: AddConstraint) -> Finding:
    """Return the finding for PostgreSQL."""
    table, rows = operation.table, change.rows(operation.table)
    name = operation.name or f"uq_{table.rpartition('.')[2]}_{'_'.join(operation.columns)}"
    kind = operation.kind.upper()
    return found(
        change,
        step,
        ID,
        weighed(rows, Severity.WARNING),
        f"{table} ({', '.join(operation.columns)})",
        does=f"adds a {operation.kind} constraint",
        why=f"builds its index on {rows_of(rows)} under ACCESS EXCLUSIVE",
        safe="with op.get_context().autocommit_block():\n"
        f'    op.create_index("{name}", "{table}", [{listed(operation.columns)}],\n'
        "                    unique=True, postgresql_concurrently=True)\n"
        f'op.execute("ALTER TABLE {table} ADD CONSTRAINT {name} {kind} USING INDEX {name}")',
    )


def elsewhere(change: RevisionChange, step: Step, operation: AddConstraint) -> Finding:
    """Return the finding for a database that does not lock so hard, but fails as well."""
    table, columns = operation.table, ", ".join(operation.columns)
    return found(
        change,
        step,
        ID,
        Severity.WARNING,
        f"{table} ({columns})",
        does="adds a unique constraint",
        why="fails where two rows are alike",
        safe=f"# first: SELECT {columns}, count(*) FROM {table}\n"  # noqa: S608  (shown, never run)
        f"#        GROUP BY {columns} HAVING count(*) > 1",
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a unique or primary key built locked",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
