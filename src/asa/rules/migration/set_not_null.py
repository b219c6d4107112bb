"""A column of a table with rows is made NOT NULL.

What it does:
    Looks for columns that become NOT NULL. Silent on PostgreSQL 12 and later where a
    validated check of the column stands in the same revision, and on MySQL and SQLite where
    an update of the revision fills the NULLs.

Why it matters:
    PostgreSQL reads the whole table under ACCESS EXCLUSIVE. On every database the statement
    fails where one row is NULL.

Example:
    op.alter_column("users", "email", nullable=False, existing_type=sa.String())

Fix:
    A check "email IS NOT NULL", NOT VALID, validated in a revision of its own; with it the
    column becomes NOT NULL without a look at the rows. Then drop the check.

When to ignore:
    The table is small and holds no NULL.

See Also:
    https://www.postgresql.org/docs/current/sql-altertable.html
    https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
"""

import re
from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import AlterColumn, ChangeRows, DropConstraint, ValidateConstraint
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "set-not-null"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    for step in change.steps_on_existing():
        operation = step.operation
        null = operation.change("null") if isinstance(operation, AlterColumn) else None
        if not isinstance(operation, AlterColumn) or null is None:
            continue
        if null.after != "not null" or is_already(change, operation):
            continue
        if proven(change, step, operation):
            continue
        yield finding(change, step, operation)


def is_already(change: RevisionChange, operation: AlterColumn) -> bool:
    """Tell whether the column is known to be NOT NULL before."""
    null = operation.change("null")
    if null is not None and null.before == "not null":
        return True
    table = change.table(operation.table)
    column = table.column(operation.column) if table else None
    # MySQL states NOT NULL again whatever of the column changes.
    return change.dialect == "mysql" and column is not None and not column.nullable


def proven(change: RevisionChange, step: Step, operation: AlterColumn) -> bool:
    """Tell whether the rows are known to be filled, or need not be looked at."""
    before = change.steps[: change.steps.index(step)]
    if change.dialect == "postgresql":
        return change.since(12) is not False and has_check(change, operation)
    return any(
        isinstance(earlier.operation, ChangeRows)
        and earlier.operation.table == operation.table
        and operation.column in (*earlier.operation.nulls, operation.column)
        for earlier in before
    )


def has_check(change: RevisionChange, operation: AlterColumn) -> bool:
    """Tell whether a check on the column is validated here, or used up by this revision.

    A check that is dropped behind the change served it: it was validated in a revision before.
    """
    column = re.escape(operation.column)
    for step in change.steps:
        other = step.operation
        if getattr(other, "table", None) != operation.table:
            continue
        if isinstance(other, ValidateConstraint):
            return True
        if isinstance(other, DropConstraint) and other.kind in ("check", "constraint"):
            return bool(re.search(rf"{column}|not_null|notnull|nn", other.name or ""))
    return False


def finding(change: RevisionChange, step: Step, operation: AlterColumn) -> Finding:
    """Return the finding for one column."""
    table, column = operation.table, operation.column
    rows = change.rows(table)
    check_name = f"ck_{table.rpartition('.')[2]}_{column}_not_null"
    if change.dialect != "postgresql":
        return found(
            change,
            step,
            ID,
            Severity.INFO if rows == 0 else Severity.WARNING,
            f"{table}.{column}",
            does="becomes NOT NULL",
            why="fails where a row is NULL, and nothing here fills the rows first",
            safe=f'op.execute("UPDATE {table} SET {column} = ... WHERE {column} IS NULL")\n'  # noqa: S608  (shown, never run)
            "# in batches where the table is large, then this step",
        )
    return found(
        change,
        step,
        ID,
        weighed(rows, Severity.WARNING),
        f"{table}.{column}",
        does="becomes NOT NULL",
        why=f"reads {rows_of(rows)} under ACCESS EXCLUSIVE, and fails at the first NULL",
        safe=f'op.execute("ALTER TABLE {table} ADD CONSTRAINT {check_name}'
        f' CHECK ({column} IS NOT NULL) NOT VALID")\n'
        "# in the next revision:\n"
        f'op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT {check_name}")\n'
        "# in the one after it:\n"
        f'op.alter_column("{table}", "{column}", nullable=False)\n'
        f'op.drop_constraint("{check_name}", "{table}", type_="check")',
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a column with rows becomes NOT NULL",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
