"""The MetaData names no constraints.

What it does:
    Looks for a MetaData without a naming convention whose tables have constraints that nobody
    named.

Why it matters:
    A migration that drops or changes a constraint needs its name. Each database makes up its
    own, and SQLite keeps none at all.

Example:
    class Base(DeclarativeBase): ...

Fix:
    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        })

When to ignore:
    A database whose constraints have other names already: rename them first.

See Also:
    https://alembic.sqlalchemy.org/en/latest/naming.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.mapping import DeclaredTable
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check", "unnamed"]

ID = "naming-convention"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each MetaData without one."""
    for facts in design.models.metadata:
        count = sum(len(unnamed(table)) for table in facts.declared)
        if not count or any(table.convention - {"ix"} for table in facts.declared):
            continue
        yield found(
            ID,
            Severity.WARNING,
            facts.reference,
            design.usage.bases.get(facts.reference),
            does=f"has no naming convention, and {count} constraints no name",
            why="a migration cannot drop what has no name",
            fix="MetaData(naming_convention={...})",
        )


def unnamed(table: DeclaredTable) -> tuple[tuple[str, str], ...]:
    """Return (kind, what it is on) of each constraint of a table that has no name."""
    unique = [("uq", ", ".join(columns)) for name, columns in table.uniques if name is None]
    foreign = [("fk", ", ".join(key.columns)) for key in table.foreign_keys if key.name is None]
    checks = [("ck", check.text) for check in table.checks if check.name is None]
    return (*unique, *foreign, *checks)


RULE = Rule(
    id=ID,
    family="model",
    summary="a MetaData without a naming convention",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
