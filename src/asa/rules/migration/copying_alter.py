"""An ALTER TABLE asks MySQL to copy the table, or to lock it.

What it does:
    Looks for ALGORITHM=COPY, LOCK=EXCLUSIVE, LOCK=SHARED, a dropped primary key without a
    new one, and ENGINE= or FORCE on a table that was there before.

Why it matters:
    Writers wait until all rows are copied.

Example:
    op.execute("ALTER TABLE orders ADD COLUMN note TEXT, ALGORITHM=COPY")

Fix:
    ALGORITHM=INSTANT or INPLACE with LOCK=NONE: MySQL then refuses what it cannot do so.

When to ignore:
    The table is small.

See Also:
    https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
    https://mariadb.com/kb/en/innodb-online-ddl-overview/
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import AddConstraint, Command, DropConstraint
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "copying-alter"
COPYING = (
    ("algorithm", "copy"),
    ("lock", "exclusive"),
    ("lock", "shared"),
)


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such statement."""
    keyed = {
        (step.operation.table, step.line)
        for step in change.steps
        if isinstance(step.operation, AddConstraint) and step.operation.kind == "primary key"
    }
    for step in change.steps:
        operation = step.operation
        if isinstance(operation, Command) and operation.verb == "alter table":
            if operation.words[:2] in COPYING and change.exists(operation.subject):
                yield finding(change, step, operation.subject, " ".join(operation.words[:2]))
        elif isinstance(operation, DropConstraint) and operation.kind == "primary key":
            known = (operation.table, step.line) in keyed
            if change.exists(operation.table) and not known:
                yield finding(change, step, operation.table, "drop primary key")


def finding(change: RevisionChange, step: Step, table: str, what: str) -> Finding:
    """Return the finding for one statement."""
    rows = change.rows(table)
    return found(
        change,
        step,
        ID,
        weighed(rows, Severity.WARNING),
        table,
        does=what.upper(),
        why=f"copies {rows_of(rows)} while writers wait",
        safe=f'op.execute("ALTER TABLE {table} ..., ALGORITHM=INPLACE, LOCK=NONE")',
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="an ALTER TABLE that copies the table",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("mysql",),
)
