"""What a planner knows of a database, without its rows: enough to plan as it does elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from asa.model.activity import Activity
from asa.model.server import Server

__all__ = ["ColumnStatistics", "Definition", "Locale", "Relation", "Snapshot"]

ColumnStatistics = Mapping[str, str | None]
"""One row of the planner's statistics of a column, each number and array in its text form."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One object of the schema.

    Attributes:
        kind: `extension`, `type`, `table`, `index`, ...
        name: Qualified and quoted as in the statement.
        sql: The statement that makes it.
    """

    kind: str
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or index with its size.

    Attributes:
        schema: Unquoted.
        name: Unquoted.
        kind: The catalog's letter: `r` table, `p` partitioned table, `i` index, ...
        blocks: Pages of its file now.
        pages: Pages when it was last measured.
        tuples: Rows then; -1 where it never was.
        visible: Pages then known to be visible to all.
    """

    schema: str
    name: str
    kind: str
    blocks: int
    pages: int
    tuples: float
    visible: int


@dataclass(frozen=True, slots=True)
class Locale:
    """How a database sorts text by default.

    Attributes:
        provider: `libc`, `icu` or `builtin`.
        collate: The locale's name there.
    """

    provider: str
    collate: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Schema, sizes, planner statistics and planner settings of a database at one moment.

    Attributes:
        server: Where it was taken.
        taken: When, in UTC: `2026-11-20 14:03`.
        locale: Of the database.
        block_bytes: Size of its pages.
        definitions: In an order in which most can be made.
        relations: Tables and indexes.
        columns: Statistics of columns and of indexed expressions.
        settings: Settings that steer the planner, by name.
        activity: How tables and indexes were used; None where that could not be read.
    """

    server: Server
    taken: str
    locale: Locale
    block_bytes: int
    definitions: tuple[Definition, ...] = ()
    relations: tuple[Relation, ...] = ()
    columns: tuple[ColumnStatistics, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    activity: Activity | None = None
