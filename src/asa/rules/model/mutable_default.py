"""A list, dict or set is the default of a column, and all rows share it.

What it does:
    Looks for columns whose Python default is a list, dict or set itself, not a function that
    makes one. A column of `Mutable.as_mutable` copies it for each object.

Why it matters:
    Every object that is stored without a value gets the very same list: a change of one shows
    in the others before they are stored.

Example:
    tags: Mapped[list[str]] = mapped_column(JSON, default=[])

Fix:
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)

When to ignore:
    Never.

See Also:
    https://docs.sqlalchemy.org/en/20/core/defaults.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "mutable-default"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    for table in design.tables:
        for column in table.columns:
            for argument, default in (("default", column.default), ("onupdate", column.onupdate)):
                if default is not None and default.kind == "mutable":
                    yield found(
                        ID,
                        Severity.ERROR,
                        design.subject(table.name, column.name),
                        design.place(table.name, column.name),
                        does=f"has a {default.text} as its {argument}, which all rows share",
                        why="a change of one object shows in the others",
                        fix=f"{argument}={default.text}, or a function that returns a new one",
                    )


RULE = Rule(
    id=ID,
    family="model",
    summary="a list or dict shared by all rows",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
)
