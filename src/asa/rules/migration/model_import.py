"""A revision uses mapped classes or tables of the application.

What it does:
    Looks for mapped classes, tables and metadata that the revision takes from the
    application's modules. Column types are no models: to import them is right.

Why it matters:
    The model is today's, the revision is of its own day. When a column comes to the model,
    the old revision selects it from a table that does not have it yet: a fresh database can
    never be built again, and nobody notices until then.

Example:
    from app.models import User
    op.execute(sa.update(User).values(active=True))

Fix:
    A table of the revision's own, with the columns that it needs:
    users = sa.table("users", sa.column("active"))

When to ignore:
    Never for revisions that stay in the history.

See Also:
    https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.execute
    https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.table
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "model-import"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each model, where it is first used."""
    seen: set[str] = set()
    for used in change.models:
        if used.name not in seen:
            seen.add(used.name)
            yield found(
                change,
                None,
                ID,
                Severity.WARNING,
                used.name,
                why="the model changes with the application; this revision must not",
                safe='users = sa.table("users", sa.column("id"), sa.column("active"))',
                line=used.line,
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a revision uses the application's models",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
