"""An index is the beginning of another one.

What it does:
    Looks for indexes in the models whose columns are the first ones of another index, of a
    unique constraint or of the primary key. Unique and partial ones are left alone.

Why it matters:
    The longer one answers every query that the shorter one does. The shorter one costs space
    and time at each write.

Example:
    tenant_id: Mapped[int] = mapped_column(index=True)
    __table_args__ = (Index("ix_orders_tenant_day", "tenant_id", "day"),)

Fix:
    tenant_id: Mapped[int]

When to ignore:
    The shorter index is much smaller and read far more often.

See Also:
    https://www.postgresql.org/docs/current/indexes-multicolumn.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.mapping import DeclaredTable
from asa.model.rule import Rule
from asa.model.schema import Index
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "needless-index"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such index."""
    for table in design.tables:
        for index in table.indexes:
            better = longer(table, index)
            if better is None:
                continue
            column = index.columns[0] if len(index.columns) == 1 else None
            yield found(
                ID,
                Severity.WARNING,
                index.name or design.subject(table.name, column),
                design.place(table.name, column),
                does=f"({', '.join(index.columns)}) is the beginning of {better}",
                why="the longer one answers the same queries",
                fix=f"drop {index.name}" if index.name else "drop it",
            )


def longer(table: DeclaredTable, index: Index) -> str | None:
    """Return the name of what makes an index needless; None where nothing does."""
    # One without columns stands in the models only: a migration made the real one.
    if index.unique or index.where is not None or not index.columns:
        return None
    count = len(index.columns)
    if table.primary_key[:count] == index.columns:
        return "the primary key"
    for name, columns in table.uniques:
        if columns[:count] == index.columns:
            return name or "a unique constraint"
    for other in table.indexes:
        same = other.columns == index.columns
        if other is index or other.where is not None or other.columns[:count] != index.columns:
            continue
        if not same or other.unique or (index.name or "") > (other.name or ""):
            return other.name
    return None


RULE = Rule(
    id=ID,
    family="model",
    summary="an index that another one begins with",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
