"""An index is built on a table with rows in a way that makes writers wait.

What it does:
    Looks for indexes without CONCURRENTLY on a table that was there before (PostgreSQL), and
    for full-text and spatial ones (MySQL builds every other kind beside the writers).

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

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import CreateIndex
from asa.model.rule import Rule
from asa.rules.migration.wording import found, listed, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "index-blocks-writes"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such index."""
    for step in change.steps_on_existing():
        operation = step.operation
        if not isinstance(operation, CreateIndex) or operation.concurrently:
            continue
        if change.dialect == "postgresql" or operation.method in ("fulltext", "spatial"):
            yield finding(change, step, operation)


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
