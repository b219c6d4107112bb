"""A revision locks a table of the application, and nothing bounds how long it waits for that.

What it does:
    Looks for steps that lock a table which was there before, where neither the revision nor
    env.py sets lock_timeout. Said once for a revision; silent on small tables.

Why it matters:
    A statement that waits behind one long query makes every later query of the table wait
    behind itself: a quick migration becomes an outage. asa upgrade sets a lock_timeout of its
    own; plain Alembic does not.

Example:
    op.add_column("orders", sa.Column("note", sa.Text()))

Fix:
    SET LOCAL lock_timeout at the beginning of the revision, or in env.py for all of them.

When to ignore:
    Revisions are only applied by asa upgrade, or while the application stands still.

See Also:
    https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
    https://www.postgresql.org/docs/current/explicit-locking.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command
from asa.model.rule import Rule
from asa.rules.migration.locking import locked_table
from asa.rules.migration.wording import SMALL_ROWS, found

__all__ = ["RULE", "check"]

ID = "lock-timeout"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield one finding where a wait is not bounded."""
    if change.waits_bounded:
        return
    for step in change.steps:
        operation = step.operation
        if isinstance(operation, Command) and "lock_timeout" in operation.sql.lower():
            return
        table = locked_table(change, step)
        if table is None or (change.rows(table) or SMALL_ROWS) < SMALL_ROWS:
            continue
        if change.rows(table) == 0:
            continue
        yield found(
            change,
            step,
            ID,
            Severity.INFO,
            table,
            does="is locked, however long that takes",
            why="while it waits behind a long query, every other query waits behind it",
            safe="op.execute(\"SET LOCAL lock_timeout = '3s'\")   # first in upgrade()",
        )
        return


RULE = Rule(
    id=ID,
    family="migration",
    summary="nothing bounds the wait for a lock",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
    dialects=("postgresql",),
)
