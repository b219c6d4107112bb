"""A column has the type timestamp without time zone.

What it does:
    Looks for new columns of that type, in new tables too.

Why it matters:
    What it holds depends on the time zone of who wrote it. asyncpg refuses aware datetimes
    for it ("can't subtract offset-naive and offset-aware datetimes").

Example:
    sa.Column("created_at", sa.DateTime())

Fix:
    sa.DateTime(timezone=True), which takes the same eight bytes.

When to ignore:
    A local time is meant whatever the place: opening hours, alarms.

See Also:
    https://www.postgresql.org/docs/current/datatype-datetime.html
    https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.DateTime
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.migration.columns import columns_of

__all__ = ["RULE", "check"]

ID = "naive-timestamp"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    yield from columns_of(
        change,
        "timestamp",
        ID,
        does="is a timestamp without time zone",
        why="its meaning depends on the writer's zone, and asyncpg refuses aware ones",
        better="sa.DateTime(timezone=True)",
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a timestamp without its time zone",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
    dialects=("postgresql",),
)
