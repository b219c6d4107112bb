"""A few rows of every table, enough of them that no row refers to one that is left out."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from asa.database.url import DatabaseUrl

__all__ = ["MOST_ROWS", "Sample", "SampledTable", "Sampling", "Wanted", "alike"]

MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class SampledTable:
    """Rows of one table.

    Attributes:
        name: As it can be put into SQL.
        columns: Names of the columns of each row, quoted likewise.
        rows: In the dialect's own form; only the dialect that read them can write them.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a database; `left_out` names tables that could not be read."""

    tables: tuple[SampledTable, ...]
    left_out: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Number of all rows."""
        return sum(len(table.rows) for table in self.tables)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read.

    Attributes:
        most: How many rows of each table; a few more come where others refer to them.
        without: Name of a table to leave out: the one of the marks.
        unique: (table, columns) that will have to be unique: a few rows that are not are read.
    """

    most: int = MOST_ROWS
    without: str = ""
    unique: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def of(self, table: str) -> tuple[tuple[str, ...], ...]:
        """Return the columns that will have to be unique in a table, its name quoted or not."""
        return tuple(columns for name, columns in self.unique if name == table.replace('"', ""))


def alike(table: str, columns: tuple[str, ...]) -> str:
    """Return the condition for a few rows that are equal in some columns, names quoted here."""
    listed = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
    known = " AND ".join(f"{column} IS NOT NULL" for column in listed.split(", "))
    return (
        f"({listed}) IN (SELECT {listed} FROM {table} WHERE {known}"  # noqa: S608  (names are quoted)
        f" GROUP BY {listed} HAVING count(*) > 1 LIMIT 1)"
    )


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a dialect samples.

    Attributes:
        read: Reads some rows of each table, with what they refer to. Every query has a short
            time limit.
        write: Writes a sample into a database of the same schema, and returns the names of
            tables that did not take theirs.
    """

    read: Callable[[DatabaseUrl, Wanted], Coroutine[Any, Any, Sample]]
    write: Callable[[DatabaseUrl, Sample], Coroutine[Any, Any, tuple[str, ...]]]
