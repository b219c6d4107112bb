"""A numbered primary key has 32 bits.

What it does:
    Looks for primary keys of type Integer or SmallInteger that the database numbers.

Why it matters:
    After 2,147,483,647 rows, or attempts to insert one, every INSERT fails. Changing the type
    of a big table then rewrites it under a lock, with all foreign keys to it.

Example:
    id: Mapped[int] = mapped_column(primary_key=True)

Fix:
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    For SQLite as well: BigInteger().with_variant(Integer, "sqlite").

When to ignore:
    A table of countries or settings, which stays small.

See Also:
    https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.BigInteger
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Location, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "overflowing-key"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such key; one for a mixin's, however many tables have it."""
    told: set[Location | None] = set()
    for table in design.tables:
        if len(table.primary_key) != 1:
            continue
        column = table.column(table.primary_key[0])
        small = column is not None and column.is_a("Integer") and not column.is_a("BigInteger")
        if column is None or not small or not column.autoincrement or column.variants:
            continue
        place = design.place(table.name, column.name)
        if place in told and place is not None:
            continue
        told.add(place)
        yield found(
            ID,
            Severity.INFO,
            design.subject(table.name, column.name),
            place,
            does="is a numbered key of 32 bits",
            why="INSERT fails after 2,147,483,647; the change of a big table locks it",
            fix="mapped_column(BigInteger, primary_key=True)",
        )


RULE = Rule(
    id=ID,
    family="model",
    summary="a numbered key that can overflow",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
