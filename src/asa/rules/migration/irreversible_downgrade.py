"""A revision changes the schema and cannot be undone.

What it does:
    Looks for a downgrade that does nothing, or is not there, although the upgrade changes
    tables; one that raises says so on purpose and is a note. Silent where the upgrade only
    changes rows, or does what cannot be undone anyway.

Why it matters:
    asa downgrade marks the revision as undone while the tables stay: the next upgrade fails.

Example:
    def downgrade(): pass

Fix:
    Write what undoes the upgrade; or raise, so that nobody believes it was undone.

When to ignore:
    The way back is a backup, and everyone knows.

See Also:
    https://alembic.sqlalchemy.org/en/latest/tutorial.html#downgrading
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import CreateTable
from asa.model.rule import Rule
from asa.rules.migration.locking import is_schema_change
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "irreversible-downgrade"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield one finding for a revision that cannot be undone."""
    shapes = [
        step
        for step in change.steps
        if is_schema_change(step.operation) or isinstance(step.operation, CreateTable)
    ]
    undone = change.downgrade
    if not shapes or undone.steps or not undone.complete:
        return
    yield found(
        change,
        None,
        ID,
        Severity.INFO if undone.refuses else Severity.WARNING,
        "downgrade()",
        does="refuses on purpose" if undone.refuses else "does nothing",
        why="the way back is a backup"
        if undone.refuses
        else "it marks the revision as undone, and all that the upgrade did stays",
        safe='raise NotImplementedError("restore the backup")   # or what undoes the upgrade'
        if not undone.refuses
        else "",
        line=undone.line,
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a downgrade that does nothing",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
