"""One transaction changes several tables that were there before.

What it does:
    Counts the existing tables that one transaction of the revision locks against writers.
    Small tables do not count.

Why it matters:
    The first lock is held while the revision waits for the second. The application takes them
    in its own order: a deadlock, and all that waits, waits for both.

Example:
    op.add_column("orders", ...)
    op.add_column("customers", ...)

Fix:
    One table for each revision, with transaction_per_migration=True in env.py.

When to ignore:
    The application stands still while the revision is applied.

See Also:
    https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS
    https://alembic.sqlalchemy.org/en/latest/api/runtime.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.migration.locking import locked_table
from asa.rules.migration.wording import SMALL_ROWS, found

__all__ = ["RULE", "check"]

ID = "locked-tables"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each transaction that locks several tables."""
    locked: dict[int, dict[str, Step]] = {}
    for step in change.steps:
        table = locked_table(change, step)
        if table is None or step.transaction is None:
            continue
        rows = change.rows(table)
        if rows is None or rows >= SMALL_ROWS:
            locked.setdefault(step.transaction, {}).setdefault(table.lower(), step)
    for tables in locked.values():
        if len(tables) > 1:
            yield found(
                change,
                list(tables.values())[1],
                ID,
                Severity.WARNING,
                ", ".join(tables),
                does=f"{len(tables)} tables are changed in one transaction",
                why="the first stays locked while the next is waited for: deadlock is at hand",
                safe="# a revision for each table; in env.py:\n"
                "context.configure(..., transaction_per_migration=True)",
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="several old tables in one transaction",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql",),
)
