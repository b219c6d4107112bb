"""A constraint is added to a domain.

What it does:
    Looks for ALTER DOMAIN ... ADD CONSTRAINT or SET NOT NULL without NOT VALID.

Why it matters:
    PostgreSQL reads every table with a column of the domain, under a lock against writes.

Example:
    op.execute("ALTER DOMAIN email ADD CONSTRAINT has_at CHECK (value LIKE '%@%')")

Fix:
    ... NOT VALID, then ALTER DOMAIN ... VALIDATE CONSTRAINT in a revision of its own.

When to ignore:
    The tables that use it are small.

See Also:
    https://www.postgresql.org/docs/current/sql-alterdomain.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "domain-constraint"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such constraint."""
    made = {
        step.operation.subject
        for step in change.steps
        if isinstance(step.operation, Command) and step.operation.verb == "create domain"
    }
    for step in change.steps:
        operation = step.operation
        if not isinstance(operation, Command) or operation.verb != "alter domain":
            continue
        text = " ".join(operation.words)
        strict = " set not null" in text or " add " in text
        if strict and not text.endswith("not valid") and operation.subject not in made:
            yield found(
                change,
                step,
                ID,
                Severity.WARNING,
                operation.subject,
                does="adds a constraint to the domain",
                why="every table with a column of it is read, locked against writes",
                safe=f'op.execute("ALTER DOMAIN {operation.subject} ADD CONSTRAINT ... NOT VALID")',
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a constraint on a domain reads every user",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql",),
)
