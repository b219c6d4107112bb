"""One statement changes every row of a table.

What it does:
    Looks for UPDATE and DELETE on a table that was there before, without a condition or with
    one that only tests for NULL or joins other tables. A bounded statement (LIMIT, BETWEEN)
    is silent, and so is one that compares with a value, whose rows cannot be known here.

Why it matters:
    The rows stay locked until the end, the log grows by the whole table, replicas lag, and
    PostgreSQL's table doubles. On MySQL the undo log may fill the disk.

Example:
    op.execute("UPDATE users SET active = true")

Fix:
    Batches by the primary key, each in its own transaction.

When to ignore:
    The table is small.

See Also:
    https://www.postgresql.org/docs/current/routine-vacuuming.html
    https://dev.mysql.com/doc/refman/8.4/en/innodb-undo-logs.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import ChangeRows
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "unbatched-change"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such statement."""
    for step in change.steps_on_existing():
        operation = step.operation
        if not isinstance(operation, ChangeRows) or operation.reach != "all":
            continue
        if operation.verb == "insert":
            continue
        table, rows = operation.table, change.rows(operation.table)
        if rows is None and change.dialect == "sqlite":
            continue
        set_ = f"DELETE FROM {table}" if operation.verb == "delete" else f"UPDATE {table} SET ..."  # noqa: S608  (shown, never run)
        yield found(
            change,
            step,
            ID,
            weighed(rows, Severity.WARNING),
            table,
            does=f"{operation.verb}s all of the table by one statement",
            why=f"{rows_of(rows)} stay locked until it ends, and replicas lag",
            safe="with op.get_context().autocommit_block():\n"
            "    for low in range(0, highest_id, 10_000):\n"
            f'        op.execute(f"{set_} WHERE id >= {{low}} AND id < {{low + 10_000}}")',
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="all rows changed by one statement",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
