"""A revision empties a table that was there before.

What it does:
    Looks for TRUNCATE; with CASCADE it is an error.

Why it matters:
    The rows are lost. With CASCADE so are those of every table that refers to it, and of
    those that refer to these, without a word.

Example:
    op.execute("TRUNCATE users CASCADE")

Fix:
    Name each table that shall be emptied; delete in batches what must go.

When to ignore:
    The table is a cache that fills itself again.

See Also:
    https://www.postgresql.org/docs/current/sql-truncate.html
    https://dev.mysql.com/doc/refman/8.4/en/truncate-table.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command
from asa.model.rule import Rule
from asa.rules.migration.wording import found, lost

__all__ = ["RULE", "check"]

ID = "truncated-table"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such statement."""
    for step in change.steps:
        operation = step.operation
        if not isinstance(operation, Command) or operation.verb != "truncate":
            continue
        if not change.exists(operation.subject):
            continue
        rows = change.rows(operation.subject)
        cascades = "cascade" in operation.words
        severity = Severity.ERROR if cascades else Severity.WARNING
        yield found(
            change,
            step,
            ID,
            Severity.INFO if rows == 0 and not cascades else severity,
            operation.subject,
            does="TRUNCATE CASCADE" if cascades else "TRUNCATE",
            why=lost(rows) + (", and those of every table that refers to them" if cascades else ""),
            safe=f'op.execute("TRUNCATE {operation.subject}")   # name each table' * cascades,
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a table is emptied",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
