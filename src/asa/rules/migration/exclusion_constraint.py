"""An exclusion constraint is added to a table with rows.

What it does:
    Looks for EXCLUDE constraints added to a table that was there before.

Why it matters:
    PostgreSQL builds the index and compares all rows under ACCESS EXCLUSIVE. There is no
    NOT VALID and no CONCURRENTLY for it.

Example:
    op.create_exclude_constraint("no_overlap", "bookings", ("during", "&&"), using="gist")

Fix:
    Make it when the table is made; or fill a new table that has it, then swap the names.

When to ignore:
    The table is small, or there is a time in which nobody uses it.

See Also:
    https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-EXCLUSION
    https://www.postgresql.org/docs/current/sql-altertable.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "exclusion-constraint"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such constraint."""
    for step, operation in change.constraints():
        if operation.kind == "exclude":
            rows = change.rows(operation.table)
            yield found(
                change,
                step,
                ID,
                weighed(rows, Severity.WARNING),
                f"{operation.table} {operation.name or ''}".strip(),
                does="adds an exclusion constraint",
                why=f"compares {rows_of(rows)} under ACCESS EXCLUSIVE; no form of it waits less",
                safe="# a new table with the constraint, filled in batches, then swapped",
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="an exclusion constraint built locked",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql",),
)
