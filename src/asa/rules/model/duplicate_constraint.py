"""Two constraints or indexes of a table say the same.

What it does:
    Looks for unique constraints and unique indexes over the same columns, for those over the
    columns of the primary key, and for foreign keys that are declared twice.

Why it matters:
    Each is kept up to date at every write, and a migration that drops one leaves the other.

Example:
    email: Mapped[str] = mapped_column(unique=True)
    __table_args__ = (UniqueConstraint("email"),)

Fix:
    Keep one of them.

When to ignore:
    Never.

See Also:
    https://docs.sqlalchemy.org/en/20/core/constraints.html
"""

from collections import Counter
from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.mapping import DeclaredTable
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "duplicate-constraint"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each thing that is said twice."""
    for table in design.tables:
        for what, columns in repeated(table):
            column = columns[0] if len(columns) == 1 else None
            yield found(
                ID,
                Severity.WARNING,
                design.subject(table.name, column),
                design.place(table.name, column),
                does=f"declares {what} over {', '.join(columns)} more than once",
                why="each is kept up to date at every write",
                fix="keep one of them",
            )


def repeated(table: DeclaredTable) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (what, columns) of what a table says more than once."""
    unique = [frozenset(columns) for _, columns in table.uniques]
    unique += [frozenset(i.columns) for i in table.indexes if i.unique and i.where is None]
    for names, count in Counter(unique).items():
        if count > 1 or names == frozenset(table.primary_key):
            yield "uniqueness", ordered(table, names)
    foreign = Counter((key.columns, key.table, key.target) for key in table.foreign_keys)
    for (columns, _, _), count in foreign.items():
        if count > 1:
            yield "a foreign key", columns


def ordered(table: DeclaredTable, names: frozenset[str]) -> tuple[str, ...]:
    """Return columns in the order of their table; expressions after them."""
    held = [column.name for column in table.columns if column.name in names]
    return (*held, *sorted(names - set(held)))


RULE = Rule(
    id=ID,
    family="model",
    summary="the same constraint declared twice",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
