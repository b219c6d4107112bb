"""A mapped column has no `Mapped[]` annotation.

What it does:
    Looks for attributes of mapped classes that are made by `Column(...)`, or by
    `mapped_column(...)` without an annotation.

Why it matters:
    Type checkers see Any: a wrong type is found when it is stored. `Mapped[str]` says NOT NULL
    and `Mapped[str | None]` NULL in the one place where both Python and the table read it.

Example:
    name = Column(String(80), nullable=False)

Fix:
    name: Mapped[str] = mapped_column(String(80))

When to ignore:
    A code base from before SQLAlchemy 2.0 that is not being moved.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.model.usage import AttributeSource
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "untyped-column"
MAKERS = frozenset({"Column", "mapped_column"})


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each class, with its columns that have no annotation."""
    spelt: dict[str, list[AttributeSource]] = {}
    for attribute in design.usage.attributes:
        if attribute.annotation is None and is_column(attribute):
            spelt.setdefault(attribute.owner, []).append(attribute)
    for owner, attributes in spelt.items():
        name = owner.partition(":")[2]
        names = ", ".join(attribute.name for attribute in attributes)
        yield found(
            ID,
            Severity.INFO,
            name,
            attributes[0].location,
            does=f"has no annotation on {names}",
            why="type checkers take these attributes for Any",
            fix=f"{attributes[0].name}: Mapped[...] = mapped_column(...)",
        )


def is_column(attribute: AttributeSource) -> bool:
    """Tell whether an attribute's value is a column; a `Table` has columns, but is none."""
    called = {name.rpartition(".")[2] for name in attribute.names}
    return bool(called & MAKERS) and "Table" not in called and not attribute.name.startswith("__")


RULE = Rule(
    id=ID,
    family="model",
    summary="a column without Mapped[]",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
)
