"""A column has the type json.

What it does:
    Looks for new columns of type json, in new tables too.

Why it matters:
    json has no equality, so SELECT DISTINCT and GROUP BY over the column fail; it is parsed
    at each access and cannot be indexed. sa.JSON() means json on PostgreSQL.

Example:
    sa.Column("settings", sa.JSON())

Fix:
    postgresql.JSONB(), or sa.JSON().with_variant(postgresql.JSONB(), "postgresql").

When to ignore:
    The text must be kept exactly as it came: order of keys, blanks, duplicates.

See Also:
    https://www.postgresql.org/docs/current/datatype-json.html
    https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.JSON
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.migration.columns import columns_of

__all__ = ["RULE", "check"]

ID = "json-column"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    yield from columns_of(
        change,
        "json",
        ID,
        does="has the type json",
        why="DISTINCT and GROUP BY over it fail, and no index serves it",
        better="sa.dialects.postgresql.JSONB()",
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="json where jsonb is meant",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
    dialects=("postgresql",),
)
