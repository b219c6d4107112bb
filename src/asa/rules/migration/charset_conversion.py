"""A table is converted to another character set.

What it does:
    Looks for ALTER TABLE ... CONVERT TO CHARACTER SET on a table that was there before.

Why it matters:
    The table is copied while writers wait. Longer characters can turn a TEXT into a
    MEDIUMTEXT, and make an index longer than MySQL allows.

Example:
    op.execute("ALTER TABLE users CONVERT TO CHARACTER SET utf8mb4")

Fix:
    Convert with a tool that copies beside the writers (gh-ost, pt-online-schema-change);
    change the default of the table first, so that new columns are right.

When to ignore:
    The table is small.

See Also:
    https://dev.mysql.com/doc/refman/8.4/en/alter-table.html
    https://dev.mysql.com/doc/refman/8.4/en/charset-unicode-conversion.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "charset-conversion"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such conversion."""
    for step in change.steps:
        operation = step.operation
        if not isinstance(operation, Command) or operation.words[:2] != ("convert", "to"):
            continue
        if operation.verb == "alter table" and change.exists(operation.subject):
            rows = change.rows(operation.subject)
            yield found(
                change,
                step,
                ID,
                weighed(rows, Severity.WARNING),
                operation.subject,
                does="converts every row to another character set",
                why=f"copies {rows_of(rows)} while writers wait",
                safe=f'op.execute("ALTER TABLE {operation.subject} DEFAULT CHARACTER SET utf8mb4")'
                "\n# the rows with gh-ost or pt-online-schema-change",
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="every row gets another character set",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("mysql",),
)
