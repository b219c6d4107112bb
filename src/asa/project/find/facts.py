"""What reading a repository's source can tell, as plain data."""

from dataclasses import dataclass

__all__ = ["FoundClass", "FoundMetadata", "FoundTable", "FoundUrl", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, its path below the repository's root."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class FoundClass:
    """A mapped class.

    Attributes:
        table: Name of its table where the source spells it.
        conditional: Whether a condition at import decides that it exists.
    """

    name: str
    module: str
    place: Place
    table: str | None = None
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A `Table(...)` call.

    Attributes:
        name: The table's name where the source spells it.
        function: The top-level function that must be called before the table exists.
    """

    name: str | None
    module: str
    place: Place
    function: str | None = None


@dataclass(frozen=True, slots=True)
class FoundMetadata:
    """One MetaData and all that the source hangs on it.

    Attributes:
        reference: `module:attribute` of the base class, registry or MetaData.
        place: Where it is made; None for another library's.
        classes: Mapped classes, by module and line.
        tables: `Table(...)` calls, by module and line.
        starters: `module:function` that map classes or make tables when called.
    """

    reference: str
    place: Place | None
    classes: tuple[FoundClass, ...] = ()
    tables: tuple[FoundTable, ...] = ()
    starters: tuple[str, ...] = ()

    @property
    def table_starters(self) -> tuple[tuple[str, str], ...]:
        """Each (`module:function`, name of a table) where calling it makes tables."""
        made = {f"{t.module}:{t.function}": t.name for t in self.tables if t.function and t.name}
        return tuple((starter, made[starter]) for starter in self.starters if starter in made)

    @property
    def modules(self) -> tuple[str, ...]:
        """Every module that must be imported to fill this MetaData, in order."""
        names = {found.module for found in self.classes} | {found.module for found in self.tables}
        names |= {starter.partition(":")[0] for starter in self.starters}
        return tuple(sorted(names))

    @property
    def table_count(self) -> int:
        """Tables that the source shows; a class that inherits its table is not counted twice."""
        named = {c.table for c in self.classes if c.table} | {t.name for t in self.tables if t.name}
        return len(named) or len(self.classes) + len(self.tables)


@dataclass(frozen=True, slots=True)
class FoundUrl:
    """Where the project takes its database URL from.

    Attributes:
        reference: `env:NAME` or `module:attribute`.
        place: Where it is read.
        how: In words: `read`, `given to create_async_engine`.
        dialect: `postgresql`, `mysql` or `sqlite` where the source or `.env` shows it.
        driver: The driver named there.
    """

    reference: str
    place: Place
    how: str
    dialect: str | None = None
    driver: str | None = None
