"""A column keeps a time without its zone.

What it does:
    Looks for DateTime columns without timezone=True, for PostgreSQL.

Why it matters:
    `timestamp without time zone` keeps the digits and forgets what they mean. asyncpg refuses
    a datetime that has a zone, and the first server that moves to another zone moves the data.

Example:
    paid_at: Mapped[datetime] = mapped_column(DateTime)

Fix:
    paid_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    or once for all, on the base: type_annotation_map = {datetime: DateTime(timezone=True)}

When to ignore:
    A wall clock is meant, such as the opening time of a shop.

See Also:
    https://wiki.postgresql.org/wiki/Don%27t_Do_This#Date.2FTime_storage
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Location, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "zoneless-datetime"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each column; one for a mixin's, however many tables have it."""
    told: set[Location | None] = set()
    for table in design.tables:
        for column in table.columns:
            naive = column.is_a("DateTime") and column.timezone is False
            place = design.place(table.name, column.name)
            if not naive or "postgresql" in column.variants or (place in told and place):
                continue
            told.add(place)
            yield found(
                ID,
                Severity.WARNING,
                design.subject(table.name, column.name),
                place,
                does="keeps no time zone",
                why="its digits mean another moment wherever the zone of a server differs",
                fix="DateTime(timezone=True)",
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="a time without its zone",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql",),
)
