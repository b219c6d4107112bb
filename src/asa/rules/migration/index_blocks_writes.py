"""An index is built on a table with rows in a way that makes writers wait.

What it does:
    Looks for indexes without CONCURRENTLY on a table that was there before (PostgreSQL), and
    for full-text and spatial ones and those over expressions (MySQL builds every other kind
    beside the writers).

Why it matters:
    Inserts, updates and deletes wait until the index is built: minutes on a large table.

Example:
    op.create_index("ix_orders_user_id", "orders", ["user_id"])

Fix:
    Build it CONCURRENTLY, which runs outside of a transaction. When that fails it leaves an
    invalid index behind: drop that, then run it again.

When to ignore:
    The table is small, or is not written to.

See Also:
    https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
"""

import re
from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import CreateIndex
from asa.model.rule import Rule
from asa.rules.migration.wording import found, listed, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "index-blocks-writes"
# The first characters of a column are no expression.
PREFIX = re.compile(r"[`\w$]+\s*\(\d+\)(?:\s+(?:asc|desc))?", re.IGNORECASE)


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such index."""
    for step in change.steps_on_existing():
        operation = step.operation
        if not isinstance(operation, CreateIndex) or operation.concurrently:
            continue
        if change.dialect == "postgresql" or blocks_on_mysql(operation):
            yield finding(change, step, operation)


def blocks_on_mysql(operation: CreateIndex) -> bool:
    """Tell whether MySQL reads the table for an index while writers wait."""
    if operation.method in ("fulltext", "spatial"):
        return True
    return any("(" in key and not PREFIX.fullmatch(key) for key in operation.columns)


def finding(change: RevisionChange, step: Step, operation: CreateIndex) -> Finding:
    """Return the finding for one index."""
    table, rows = operation.table, change.rows(operation.table)
    name = operation.name or "ix_name"
    unique = " unique=True," if operation.unique else ""
    return found(
        change,
        step,
        ID,
        weighed(rows, Severity.WARNING),
        f"{table} ({', '.join(operation.columns)})",
        does=f"builds the index {name}",
        why=f"{rows_of(rows)} are read while every write to {table} waits",
        safe="with op.get_context().autocommit_block():\n"
        f'    op.create_index("{name}", "{table}", [{listed(operation.columns)}],\n'
        f"                   {unique} postgresql_concurrently=True)"
        if change.dialect == "postgresql"
        else "# build it when nobody writes, or on a copy that is swapped in",
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="an index built while nobody can write",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
