"""A column has the type char(n).

What it does:
    Looks for new columns of type char with more than one character, in new tables too.

Why it matters:
    Shorter values are filled with blanks, which count in some comparisons and not in others,
    and it is no quicker than varchar or text.

Example:
    sa.Column("code", sa.CHAR(10))

Fix:
    sa.Text() or sa.String(10), with a check where the length matters.

When to ignore:
    Every value has exactly that length: a country code, a hash.

See Also:
    https://www.postgresql.org/docs/current/datatype-character.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.migration.columns import typed_columns
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "padded-char"
EXACT = frozenset((2, 3, 32, 36, 40, 64))
"""Lengths that codes, UUIDs and hashes always fill: ISO codes, MD5, SHA-1, SHA-256."""


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    for step, table, column, kind in typed_columns(change):
        length = kind.numbers[0] if kind.numbers else 1
        if kind.name == "char" and length > 1 and length not in EXACT:
            yield found(
                change,
                step,
                ID,
                Severity.INFO,
                f"{table}.{column}",
                does=f"is char({length})",
                why="pads shorter values with blanks",
                safe=f'sa.Column("{column}", sa.String({length}))',
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="char(n), which pads with blanks",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
    dialects=("postgresql",),
)
