"""A time is taken from a clock that does not say its zone.

What it does:
    Looks for `datetime.utcnow`, and for `datetime.now` without a zone, as default or onupdate
    of a column.

Why it matters:
    The value carries no zone: asyncpg refuses it for `timestamptz`, other drivers store it as
    local time of the server. `utcnow` is deprecated since Python 3.12.

Example:
    created_at: Mapped[datetime] = mapped_column(default=datetime.utcnow)

Fix:
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    or default=lambda: datetime.now(timezone.utc)

When to ignore:
    Never for utcnow.

See Also:
    https://docs.python.org/3/library/datetime.html#datetime.datetime.utcnow
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "naive-clock"
CLOCKS = frozenset({"datetime.now", "datetime.today", "datetime.utcnow"})
TIMES = ("DateTime", "Time")


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each column, where it is declared or where a mixin spells it."""
    told: set[object] = set()
    for table in design.tables:
        for column in table.columns:
            place = design.place(table.name, column.name)
            clock = clock_of(design, table.name, column.name)
            if clock is None or not column.is_a(*TIMES) or (place in told and place is not None):
                continue
            told.add(place)
            yield found(
                ID,
                Severity.WARNING,
                design.subject(table.name, column.name),
                place,
                does=f"is filled by {clock}()",
                why="the value has no zone: asyncpg refuses it for timestamptz",
                fix="DateTime(timezone=True), server_default=func.now()",
            )


def clock_of(design: Design, table: str, name: str) -> str | None:
    """Return the clock that fills a column: what it is given, or what a lambda there calls."""
    declared = design.table(table)
    column = declared.column(name) if declared else None
    if column is None:
        return None
    for default in (column.default, column.onupdate):
        if default is not None and default.kind == "function" and default.text in CLOCKS:
            return default.text
    owner = design.class_of(table)
    attribute = owner.attribute(name) if owner else None
    source = design.source(owner, attribute) if owner and attribute else None
    spoken = source.names if source else frozenset()
    return next((text for text in spoken if text.endswith("datetime.utcnow")), None)


RULE = Rule(
    id=ID,
    family="model",
    summary="utcnow and other clocks without a zone",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
