"""A snapshot of a database whose planner looks at rows, or keeps no statistics of columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from asa.model.activity import Activity
from asa.model.server import Server
from asa.model.snapshot import Definition

__all__ = ["RowSnapshot", "SavedRows", "Value"]

Value = None | int | float | str | bytes


@dataclass(frozen=True, slots=True)
class SavedRows:
    """A sample of a table's rows.

    Attributes:
        table: Unquoted.
        columns: Those that the rows are of, unquoted: all but generated ones.
        kinds: The type of each, as the catalog names it, without length.
        total: Rows of the whole table, as far as that is known.
        rows: The sample.
    """

    table: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    total: int
    rows: tuple[tuple[Value, ...], ...]

    @property
    def share(self) -> float:
        """The part of the table's rows that is here, 0 to 1."""
        return min(len(self.rows) / self.total, 1.0) if self.total else 1.0


@dataclass(frozen=True, slots=True)
class RowSnapshot:
    """Schema, sizes, statistics and a sample of the rows of a database at one moment.

    Attributes:
        server: Where it was taken.
        taken: When, in UTC: `2026-11-20 14:03`.
        definitions: In an order in which they can be made.
        tables: With their sizes and samples.
        statistics: Rows of the planner's own tables, by the name of each.
        settings: Settings that steer the planner, by name.
        left_out: What could not be read, each with the reason.
        activity: How tables and indexes were used; None where that could not be read.
        hashed: Whether hashes stand for the texts.
    """

    server: Server
    taken: str
    definitions: tuple[Definition, ...] = ()
    tables: tuple[SavedRows, ...] = ()
    statistics: Mapping[str, tuple[tuple[Value, ...], ...]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    activity: Activity | None = None
    hashed: bool = False
