"""A required column is filled by Python alone.

What it does:
    Looks for columns that are NOT NULL and have a plain value as `default`, but no
    `server_default`.

Why it matters:
    An INSERT that does not come from these models (a data fix, another service, a bulk load)
    fails. And a migration that adds such a column to a table with rows fails too: the database
    knows nothing to fill it with.

Example:
    is_active: Mapped[bool] = mapped_column(default=True)

Fix:
    is_active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())

When to ignore:
    Only this application writes to the database.

See Also:
    https://docs.sqlalchemy.org/en/20/core/defaults.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "python-only-default"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each table, with its columns."""
    for table in design.tables:
        held = [
            column.name
            for column in table.columns
            if column.default is not None
            and column.default.kind == "value"
            and not column.nullable
            and not column.server_default
        ]
        if held:
            yield found(
                ID,
                Severity.INFO,
                design.subject(table.name),
                design.place(table.name, held[0]),
                does=f"fills in Python only: {', '.join(held)}",
                why="an INSERT from elsewhere, and a migration that adds them, have no value",
                fix="server_default=... beside default=...",
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="a required column that only Python fills",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
)
