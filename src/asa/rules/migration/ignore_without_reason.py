"""A comment asks asa to keep silent, but names no rule or no reason.

What it does:
    Looks for `# asa: ignore` without a rule in brackets, or without words behind it. Such a
    comment silences nothing.

Why it matters:
    In a year nobody knows whether the reason still holds.

Example:
    op.drop_column("users", "nick")  # asa: ignore[dropped-column]

Fix:
    # asa: ignore[dropped-column] no release has used it since March

When to ignore:
    Never.

See Also:
    https://alembic.sqlalchemy.org/en/latest/tutorial.html#create-a-migration-script
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "ignore-without-reason"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such comment."""
    for exemption in change.exemptions:
        if exemption.rules and exemption.reason:
            continue
        rules = ", ".join(exemption.rules)
        yield found(
            change,
            None,
            ID,
            Severity.WARNING,
            rules or "# asa: ignore",
            does="gives no reason" if rules else "names no rule",
            why="such a comment silences nothing",
            safe=f"# asa: ignore[{rules or 'rule-id'}] why it is right here",
            line=exemption.line,
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a comment silences asa without a reason",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
