"""An index is dropped without CONCURRENTLY.

What it does:
    Looks for DROP INDEX without CONCURRENTLY on a table that was there before.

Why it matters:
    It takes ACCESS EXCLUSIVE on the table. The drop itself is quick, but it waits for every
    query that runs, and all later queries wait behind it.

Example:
    op.drop_index("ix_orders_user_id", table_name="orders")

Fix:
    DROP INDEX CONCURRENTLY, outside of a transaction.

When to ignore:
    A lock_timeout bounds the wait, and the revision may be tried again.

See Also:
    https://www.postgresql.org/docs/current/sql-dropindex.html
    https://www.postgresql.org/docs/current/explicit-locking.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import CreateIndex, DropIndex, DropTable
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "index-drop-locks"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such drop."""
    made = {s.operation.name for s in change.steps if isinstance(s.operation, CreateIndex)}
    gone = {s.operation.table for s in change.steps if isinstance(s.operation, DropTable)}
    for step in change.steps:
        operation = step.operation
        if not isinstance(operation, DropIndex) or operation.concurrently:
            continue
        table = operation.table
        if operation.name in made or table in gone or (table and not change.exists(table)):
            continue
        rows = change.rows(table) if table else None
        small = rows is not None and rows < 10_000
        yield found(
            change,
            step,
            ID,
            Severity.INFO if small else Severity.WARNING,
            operation.name,
            why="waits for every query of the table under ACCESS EXCLUSIVE, others behind it",
            safe="with op.get_context().autocommit_block():\n"
            f'    op.drop_index("{operation.name}", table_name="{table or "..."}",\n'
            "                  postgresql_concurrently=True)",
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="an index dropped under the table's lock",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql",),
)
