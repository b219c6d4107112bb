"""Rows are marked as deleted, and no query leaves them out.

What it does:
    Looks for tables with a column like deleted_at in a project whose source never compares
    such a column, and adds no criterion to every statement.

Why it matters:
    Deleted rows come back in every list, count and relationship.

Example:
    deleted_at: Mapped[datetime | None]

Fix:
    In one place, for all statements of a session:
    @event.listens_for(Session, "do_orm_execute")
    def leave_out_deleted(state):
        state.statement = state.statement.options(
            with_loader_criteria(SoftDeleted, lambda c: c.deleted_at.is_(None))
        )

When to ignore:
    A view or another service does the filtering.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/queryguide/api.html
"""

from collections.abc import Iterator

from asa.model.design import Design, soft_delete_column
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "soft-delete-filter"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each table with such a column, where nothing filters."""
    if design.usage.filters_deleted:
        return
    for table in design.tables:
        mark = soft_delete_column(table)
        if mark is not None:
            yield found(
                ID,
                Severity.WARNING,
                design.subject(table.name, mark),
                design.place(table.name, mark),
                does="marks rows as deleted, and nothing leaves them out",
                why="deleted rows come back in every list, count and relationship",
                fix=f"with_loader_criteria(..., lambda c: c.{mark}.is_(None))",
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="deleted rows that no query leaves out",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
