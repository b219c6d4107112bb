"""What a server counted of its own tables and indexes: how they were used, and since when."""

from dataclasses import dataclass

__all__ = ["Activity", "IndexActivity", "NotCounted", "TableActivity"]


@dataclass(frozen=True, slots=True)
class IndexActivity:
    """How one index was used.

    Attributes:
        table: As the schema names it.
        name: Of the index.
        scans: How often it was gone by.
        size: Bytes; None where the server does not tell.
    """

    table: str
    name: str
    scans: int
    size: int | None = None


@dataclass(frozen=True, slots=True)
class TableActivity:
    """How one table was used.

    Attributes:
        name: As the schema names it.
        reads: How often it was read, by any way.
        changed: Rows changed since its planner statistics were taken; None where not counted.
        analysed: When these were taken, seconds since the epoch; None for never, or where not
            told.
    """

    name: str
    reads: int
    changed: int | None = None
    analysed: float | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """What a server counted in one database.

    An index or table that is missing was not counted, which is not the same as not used.

    Attributes:
        since: From when on at the latest, seconds since the epoch.
        now: When it was read, by the server's clock.
        replicas: Other servers that follow this one, as far as it tells; they count their own.
        switchable: Whether counting may have begun later than the server, by a setting.
    """

    since: float
    now: float
    indexes: tuple[IndexActivity, ...] = ()
    tables: tuple[TableActivity, ...] = ()
    replicas: int = 0
    switchable: bool = False

    @property
    def days(self) -> float:
        """For how long it counted."""
        return max(self.now - self.since, 0.0) / 86_400

    def table(self, name: str) -> TableActivity | None:
        """Return the table of that name; None where it was not counted."""
        return next((table for table in self.tables if table.name == name), None)

    def index(self, table: str, name: str | None) -> IndexActivity | None:
        """Return an index of a table; None where it was not counted."""
        return next((i for i in self.indexes if i.table == table and i.name == name), None)


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A server that does not count, or does not tell; `reason` is a clause."""

    reason: str
