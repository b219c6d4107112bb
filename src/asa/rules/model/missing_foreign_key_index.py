"""A foreign key has no index that begins with its columns.

What it does:
    Looks for foreign keys whose columns are not the first ones of an index, a unique
    constraint or the primary key; composite ones count where they begin with them in any order,
    and so does a key over some of the columns, which leaves one row.

Why it matters:
    Loading a collection reads the whole child table, and so does the database for each parent
    that is deleted or whose key changes. MySQL and MariaDB make such an index themselves.

Example:
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))

Fix:
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)

When to ignore:
    Parents are never deleted and the collection is never loaded, or the table stays small.

See Also:
    https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Location, Severity
from asa.model.fix import AddArgument, Fix
from asa.model.mapping import DeclaredTable
from asa.model.rule import Rule
from asa.model.schema import ForeignKey
from asa.rules.model.wording import found, site

__all__ = ["RULE", "check"]

ID = "missing-foreign-key-index"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such key."""
    for table in design.tables:
        for key in table.foreign_keys:
            if not is_indexed(table, key):
                columns = ", ".join(key.columns)
                column = key.columns[0] if len(key.columns) == 1 else None
                place = design.place(table.name, column)
                yield found(
                    ID,
                    Severity.WARNING,
                    design.subject(table.name, column) if column else table.name,
                    place,
                    does=f"refers to {key.table}, and no index begins with {columns}",
                    why="loading by it, and deleting a parent, reads the whole table",
                    fix=cure(design, table, key, place),
                )


def is_indexed(table: DeclaredTable, key: ForeignKey) -> bool:
    """Tell whether an index serves a key."""
    wanted = set(key.columns)
    served = [table.primary_key, *(columns for _, columns in table.uniques)]
    served += [index.columns for index in table.indexes if index.where is None]
    # One row at most has what a key over some of the columns says.
    single = [table.primary_key, *(columns for _, columns in table.uniques)]
    return any(set(columns[: len(wanted)]) == wanted for columns in served) or any(
        columns and wanted.issuperset(columns) for columns in single
    )


def cure(
    design: Design, table: DeclaredTable, key: ForeignKey, place: Location | None
) -> str | Fix:
    """Return `index=True` for the column's own call, else an `Index(...)`."""
    if len(key.columns) > 1:
        columns = ", ".join(f'"{name}"' for name in key.columns)
        return f'Index("ix_{table.name}_{key.columns[0]}", {columns})'
    owner = design.class_of(table.name)
    attribute = owner.attribute(key.columns[0]) if owner else None
    source = design.source(owner, attribute) if owner and attribute else None
    for call in ("mapped_column", "Column"):
        if source and place and call in {name.rpartition(".")[2] for name in source.names}:
            return AddArgument(call, "index=True", site(place))
    return "index=True"


RULE = Rule(
    id=ID,
    family="model",
    summary="a foreign key without an index",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "sqlite"),
)
