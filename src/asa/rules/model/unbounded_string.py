"""A string has no length, which MySQL's VARCHAR must have.

What it does:
    Looks for String columns without a length, for MySQL and MariaDB. Where nothing tells which
    database the models are for, it is a note only.

Why it matters:
    CREATE TABLE fails: "VARCHAR requires a length on dialect mysql".

Example:
    name: Mapped[str]

Fix:
    name: Mapped[str] = mapped_column(String(255))
    Text where it may be long; or once for all: type_annotation_map = {str: String(255)}

When to ignore:
    The table never goes to MySQL.

See Also:
    https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.String
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "unbounded-string"
BOUNDED = ("Enum", "Text")


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    severity = Severity.ERROR if design.dialect else Severity.INFO
    for table in design.tables:
        for column in table.columns:
            if not column.is_a("String") or column.is_a(*BOUNDED) or column.length:
                continue
            if {"mysql", "mariadb"} & set(column.variants):
                continue
            yield found(
                ID,
                severity,
                design.subject(table.name, column.name),
                design.place(table.name, column.name),
                does="is a string without a length",
                why="MySQL has no VARCHAR without one: CREATE TABLE fails",
                fix="String(255)",
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="a string without a length, for MySQL",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    dialects=("mysql",),
)
