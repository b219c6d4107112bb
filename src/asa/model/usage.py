"""How a project's source uses SQLAlchemy: engines, sessions, statements; as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from asa.model.finding import Location

__all__ = [
    "AttributeSource",
    "Deletion",
    "EngineCall",
    "JoinedLoad",
    "SessionFactory",
    "SharedSession",
    "Usage",
]


@dataclass(frozen=True, slots=True)
class EngineCall:
    """One call that makes an engine.

    Attributes:
        location: Where.
        is_async: Whether it is `create_async_engine`.
        arguments: Source text of each keyword argument; `**` where some are computed.
        dialect: Of a URL that is written there; None where it is not. Likewise `driver`.
        awaits: Whether it stands in an `async def`.
        request: Name of the route or dependency that makes it anew for each request; None
            where that is not so.
    """

    location: Location
    is_async: bool
    arguments: Mapping[str, str] = field(default_factory=dict)
    dialect: str | None = None
    driver: str | None = None
    awaits: bool = False
    request: str | None = None

    @property
    def is_unpooled(self) -> bool:
        """Whether it keeps no connections open, or one only."""
        pool = self.arguments.get("poolclass", "").rpartition(".")[2]
        return pool in ("NullPool", "StaticPool", "SingletonThreadPool")

    def gives(self, name: str) -> bool:
        """Tell whether a keyword is given, or may be among those that are computed."""
        return name in self.arguments or "**" in self.arguments


@dataclass(frozen=True, slots=True)
class SessionFactory:
    """One `async_sessionmaker(...)`, or a session made without one.

    Attributes:
        made: `async_sessionmaker`, `sessionmaker` or `AsyncSession`.
        arguments: Source text of each keyword argument; `**` where some are computed.
    """

    location: Location
    made: str
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SharedSession:
    """A session that concurrent tasks are given.

    Attributes:
        name: Its variable.
        by: What starts the tasks: `asyncio.gather`, `create_task`.
    """

    location: Location
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class JoinedLoad:
    """A statement with joined eager loading whose rows are fetched without `unique()`.

    Attributes:
        attributes: `Class.attribute` of each path that it joins.
        fetch: The method that fetches: `all`, `scalar_one`.
    """

    location: Location
    attributes: tuple[str, ...]
    fetch: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """A `delete` of rows of one class; `how` is `session.delete(...)` or `delete(...)`."""

    location: Location
    entity: str
    how: str


@dataclass(frozen=True, slots=True)
class AttributeSource:
    """One attribute as a class body spells it.

    Attributes:
        owner: `module:Class`.
        name: Of the attribute.
        annotation: Its annotation; None without one.
        names: Dotted names that its value speaks of: `mapped_column`, `datetime.utcnow`.
    """

    owner: str
    name: str
    location: Location
    annotation: str | None = None
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Usage:
    """All that was read of a project's source.

    Attributes:
        attributes: Of mapped classes and of the mixins and bases they are made of.
        bases: Where each MetaData or base class is, by its reference.
        filters_deleted: Whether the source leaves deleted rows out anywhere.
        is_async: Whether the source speaks of async engines or sessions.
        tables: Where each `Table(...)` is, by the name it spells.
    """

    engines: tuple[EngineCall, ...] = ()
    factories: tuple[SessionFactory, ...] = ()
    shared: tuple[SharedSession, ...] = ()
    joined: tuple[JoinedLoad, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    attributes: tuple[AttributeSource, ...] = ()
    tables: Mapping[str, Location] = field(default_factory=dict)
    bases: Mapping[str, Location] = field(default_factory=dict)
    filters_deleted: bool = False
    is_async: bool = True
