"""Something is dropped with CASCADE.

What it does:
    Looks for DROP TABLE, VIEW, TYPE, FUNCTION and the like, and ALTER TABLE ... DROP, with
    CASCADE.

Why it matters:
    Views, foreign keys, defaults and columns that depend on it are dropped without being
    named. What goes differs from database to database, and no downgrade brings it back.

Example:
    op.execute("DROP TYPE status CASCADE")

Fix:
    Drop what depends on it by name, then the thing itself without CASCADE: the revision then
    fails where something unexpected depends on it.

When to ignore:
    What depends on it is known in every database.

See Also:
    https://www.postgresql.org/docs/current/ddl-depend.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command, DropColumn, DropConstraint
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "drop-cascade"
OTHERS = frozenset(("drop schema", "drop owned", "drop database"))


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such statement."""
    seen: set[tuple[int, str]] = set()
    for step in change.steps:
        operation = step.operation
        text = step.sql.lower().rstrip("; \n")
        if isinstance(operation, Command):
            if not operation.verb.startswith("drop ") or operation.verb in OTHERS:
                continue
            cascades = "cascade" in operation.words
            subject = operation.subject or operation.verb
        elif isinstance(operation, DropColumn | DropConstraint):
            cascades = text.endswith("cascade")
            subject = f"{operation.table}.{getattr(operation, 'column', None) or operation.table}"
        else:
            continue
        if cascades and (step.line, step.sql) not in seen:
            seen.add((step.line, step.sql))
            yield found(
                change,
                step,
                ID,
                Severity.WARNING,
                subject,
                does="drops with CASCADE",
                why="what depends on it goes too, unnamed: views, foreign keys, columns",
                safe="# drop what depends on it by name, then this without CASCADE",
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="CASCADE drops what nobody named",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql",),
)
