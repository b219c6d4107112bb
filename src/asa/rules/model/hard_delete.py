"""Rows of a class that marks its deletions are really deleted.

What it does:
    Looks for `delete(User)` and `session.delete(user)` where User has a column like
    deleted_at.

Why it matters:
    What the rest of the application believes to be kept is gone, with its children where a
    cascade says so.

Example:
    await session.delete(user)

Fix:
    user.deleted_at = datetime.now(timezone.utc)

When to ignore:
    The job that purges old rows, or a right to be forgotten.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/session_basics.html#deleting
"""

from collections.abc import Iterator

from asa.model.design import Design, soft_delete_column
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "hard-delete"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such deletion."""
    for deletion in design.usage.deletions:
        owner = design.mapped_class(deletion.entity)
        table = design.table(owner.table) if owner else None
        mark = soft_delete_column(table) if table else None
        if mark is not None:
            yield found(
                ID,
                Severity.WARNING,
                deletion.entity,
                deletion.location,
                does=f"is deleted by {deletion.how}(), though it has {mark}",
                why="what the application believes to be kept is gone",
                fix=f"set {mark} instead",
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="a real delete where rows are only marked",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
