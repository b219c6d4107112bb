"""A constraint has no name, though others are named by a convention.

What it does:
    Looks for constraints without a name in a MetaData that has a naming convention: a kind
    that the convention leaves out, a CHECK that must bring a part of its name itself.

Why it matters:
    A migration that drops or changes it needs a name, and each database makes up another one.

Example:
    __table_args__ = (CheckConstraint("amount > 0"),)

Fix:
    __table_args__ = (CheckConstraint("amount > 0", name="amount_positive"),)

When to ignore:
    The constraint will never be changed.

See Also:
    https://alembic.sqlalchemy.org/en/latest/naming.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.naming_convention import unnamed
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "unnamed-constraint"
KINDS = {"uq": "a unique constraint", "fk": "a foreign key", "ck": "a CHECK"}


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such constraint."""
    for table in design.tables:
        if not table.convention - {"ix"}:
            continue
        for kind, what in unnamed(table):
            yield found(
                ID,
                Severity.WARNING,
                design.subject(table.name),
                design.place(table.name),
                does=f"has {KINDS[kind]} without a name: {what}",
                why="a migration cannot drop what has no name",
                fix='name="..."',
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="a constraint that no convention names",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
