"""The schema of a database, as its catalog tells it, with what the planner knows of its size."""

from dataclasses import dataclass

__all__ = ["Column", "ForeignKey", "Index", "Schema", "Table"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: As the catalog stores it, unquoted.
        type: The type in the database's own spelling.
        nullable: Whether NULL may be stored.
        distinct: Share of distinct values among the rows, 0 to 1; None where unknown.
    """

    name: str
    type: str
    nullable: bool = True
    distinct: float | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """One index; a primary key counts as a unique one.

    Attributes:
        name: As the catalog stores it; None for SQLite's rowid key.
        columns: Key columns or expressions in order.
        unique: Whether it forbids duplicates.
        primary: Whether it is the primary key.
        constraint: Whether it exists for a UNIQUE or PRIMARY KEY constraint.
        where: Predicate of a partial index, in the database's spelling.
        valid: False for an index that a failed CONCURRENTLY left behind.
    """

    name: str | None
    columns: tuple[str, ...]
    unique: bool = False
    primary: bool = False
    constraint: bool = False
    where: str | None = None
    valid: bool = True


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from some columns of a table to those of another."""

    columns: tuple[str, ...]
    table: str
    target: tuple[str, ...]
    on_delete: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        name: Unquoted, with its schema and a dot where that is not the default one.
        rows: Estimated number of rows; None where the database does not know.
        partitions: Names of those that hold its rows, as plans name them; empty for a plain one.
    """

    name: str
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    rows: int | None = None
    partitions: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """Return the column of that name, in any case; None where there is none."""
        folded = name.lower()
        return next((c for c in self.columns if c.name.lower() == folded), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one database.

    Attributes:
        extensions: Names of those installed (PostgreSQL).
    """

    tables: tuple[Table, ...]
    extensions: tuple[str, ...] = ()

    def table(self, name: str) -> Table | None:
        """Return the table of that name, in any case; None where there is none."""
        folded = name.lower()
        return next((t for t in self.tables if t.name.lower() == folded), None)
