"""A deleted row that is still there keeps its unique value for ever.

What it does:
    Looks for tables with a column like deleted_at and a unique constraint or index that holds
    for deleted rows too: one that neither is partial nor has that column in it.

Why it matters:
    Who deletes the account of ann@example.org cannot register ann@example.org again.

Example:
    email: Mapped[str] = mapped_column(unique=True)
    deleted_at: Mapped[datetime | None]

Fix:
    __table_args__ = (
        Index("uq_users_email_alive", "email", unique=True,
              postgresql_where=text("deleted_at IS NULL"),
              sqlite_where=text("deleted_at IS NULL")),
    )
    MySQL has no partial indexes: a generated column that is NULL for deleted rows does it.

When to ignore:
    The value identifies for ever, such as a UUID or an invoice number.

See Also:
    https://www.postgresql.org/docs/current/indexes-partial.html
"""

from collections.abc import Iterator

from asa.model.design import Design, soft_delete_column
from asa.model.finding import Finding, Severity
from asa.model.mapping import DeclaredTable
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "soft-delete-uniqueness"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such constraint."""
    for table in design.tables:
        mark = soft_delete_column(table)
        if mark is None:
            continue
        for columns in unique_sets(table):
            if mark in columns or forever(table, columns):
                continue
            column = columns[0] if len(columns) == 1 else None
            listed = ", ".join(f'"{name}"' for name in columns)
            yield found(
                ID,
                Severity.WARNING,
                design.subject(table.name, column),
                design.place(table.name, column),
                does=f"is unique ({', '.join(columns)}) among rows with {mark} set, too",
                why="a deleted row keeps its value: nobody can have it again",
                fix=f'Index(..., {listed}, unique=True, postgresql_where=text("{mark} IS NULL"))',
            )


def unique_sets(table: DeclaredTable) -> Iterator[tuple[str, ...]]:
    """Yield the columns of each uniqueness that holds for all rows."""
    for _, columns in table.uniques:
        yield columns
    for index in table.indexes:
        if index.unique and index.where is None:
            yield index.columns


def forever(table: DeclaredTable, columns: tuple[str, ...]) -> bool:
    """Tell whether one of the columns identifies for ever: a UUID, or a key that Python draws."""
    held = [table.column(name) for name in columns]
    return any(column is not None and column.is_a("Uuid", "UUID") for column in held)


RULE = Rule(
    id=ID,
    family="model",
    summary="a unique value that deleted rows keep",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
