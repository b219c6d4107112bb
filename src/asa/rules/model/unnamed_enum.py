"""An enumeration has no name, which PostgreSQL's type must have.

What it does:
    Looks for native Enum columns of plain strings without a name, for PostgreSQL. An Enum of a
    Python class takes the name of the class.

Why it matters:
    CREATE TABLE fails: "PostgreSQL ENUM type requires a name".

Example:
    state: Mapped[str] = mapped_column(Enum("new", "paid"))

Fix:
    state: Mapped[str] = mapped_column(Enum("new", "paid", name="order_state"))

When to ignore:
    The table never goes to PostgreSQL.

See Also:
    https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.Enum
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "unnamed-enum"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    for table in design.tables:
        for column in table.columns:
            if not column.is_a("Enum") or column.native is not True or column.type_name:
                continue
            yield found(
                ID,
                Severity.ERROR,
                design.subject(table.name, column.name),
                design.place(table.name, column.name),
                does="is an enumeration without a name",
                why="PostgreSQL makes a type of it, which must have one: CREATE TABLE fails",
                fix=f'Enum(..., name="{table.name.rpartition(".")[2]}_{column.name}")',
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="an enumeration without a name",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    dialects=("postgresql",),
)
