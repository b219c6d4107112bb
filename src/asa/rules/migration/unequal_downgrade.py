"""A downgrade leaves something that the upgrade made, or does not bring back what it took.

What it does:
    Compares tables, columns, named indexes and named constraints before the upgrade with
    those after the downgrade. What goes with its table or column counts as gone. Silent where
    either function holds something that asa cannot read.

Why it matters:
    After a downgrade the database is at no revision that any file describes, and the next
    upgrade fails with "already exists".

Example:
    upgrade: op.add_column("users", sa.Column("age", sa.Integer()))
    downgrade: op.drop_column("users", "ages")

Fix:
    Each step of the upgrade backwards, in the opposite order.

When to ignore:
    The thing is left on purpose.

See Also:
    https://alembic.sqlalchemy.org/en/latest/tutorial.html#downgrading
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.migration.ledger import Ledger, Thing, given, taken
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "unequal-downgrade"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield one finding for all that differs after up and down."""
    down = change.downgrade
    if not (change.complete and down.complete and down.steps and change.steps):
        return
    ledger = Ledger()
    # What may be there already is, where the downgrade brings it back.
    back = {given(step.operation) for step in down.steps} - {None}
    for step in (*change.steps, *down.steps):
        brought_back = taken(step.operation) in back
        if brought_back or not (step.tolerant and ledger.lacks(step.operation)):
            ledger.book(step.operation)
    left, lacking = ledger.left, ledger.lacking
    if not left and not lacking:
        return
    parts = []
    if left:
        parts.append(f"leaves {named(left)}")
    if lacking:
        parts.append(f"does not bring back {named(lacking)}")
    yield found(
        change,
        None,
        ID,
        Severity.WARNING,
        "downgrade()",
        does="; ".join(parts),
        why="after it the database is at no revision that a file describes",
        safe="# each step of upgrade() backwards, in the opposite order",
        line=down.line,
    )


def named(things: tuple[Thing, ...]) -> str:
    """Return what differs, in words."""
    return ", ".join(f"{kind} {name}" for kind, name in things)


RULE = Rule(
    id=ID,
    family="migration",
    summary="a downgrade that does not undo",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
