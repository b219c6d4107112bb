"""A revision holds several statements, and MySQL cannot roll any of them back.

What it does:
    Counts the statements that change tables which were there before. Only making new tables,
    with their indexes, is silent.

Why it matters:
    MySQL commits at each DDL statement. When the second one fails the first stays, the
    revision is not marked as applied, and run again it fails at the first.

Example:
    op.add_column("orders", ...)
    op.create_index("ix_orders_note", "orders", ["note"])

Fix:
    One statement for each revision; or several changes of one table as one ALTER TABLE.

When to ignore:
    Each statement may run twice (IF NOT EXISTS on MariaDB).

See Also:
    https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html
    https://dev.mysql.com/doc/refman/8.4/en/atomic-ddl.html
    https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command, CreateTable
from asa.model.rule import Rule
from asa.rules.migration.locking import is_schema_change
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "half-applied"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield one finding for a revision of several statements."""
    statements: list[tuple[int, str]] = []
    last = None
    existing = 0
    for step in change.steps:
        operation = step.operation
        ddl = is_schema_change(operation) or isinstance(operation, CreateTable)
        ddl = ddl or (isinstance(operation, Command) and operation.verb == "alter table")
        if not ddl or "if not exists" in step.sql.lower() or "if exists" in step.sql.lower():
            continue
        statement = (step.line, step.sql or str(operation))
        if statement in statements:
            continue
        statements.append(statement)
        table = getattr(operation, "table", None) or getattr(operation, "subject", "")
        if not isinstance(operation, CreateTable) and change.exists(str(table)):
            existing += 1
        last = step
    if len(statements) > 1 and existing and last is not None:
        yield found(
            change,
            last,
            ID,
            Severity.WARNING,
            f"{len(statements)} statements",
            does="changes tables by several statements",
            why="MySQL commits each at once: when one fails, those before it stay",
            safe="# one statement for each revision, or one ALTER TABLE with all its parts",
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="statements of which some may stay",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("mysql",),
)
