"""The one interface through which a workflow speaks to any of the three databases."""

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.copy import Copy
from asa.database.sample import Sampling
from asa.database.session import Session
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError
from asa.model.activity import Activity, NotCounted
from asa.model.event import Notify
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters
from asa.model.row_snapshot import RowSnapshot
from asa.model.schema import Schema
from asa.model.server import Server
from asa.model.snapshot import Snapshot
from asa.model.statement_statistics import StatementStatistics

__all__ = ["Dialect", "dialect_named"]


class ReadServer(Protocol):
    """Ask a connection what server is behind it."""

    async def __call__(self, connection: AsyncConnection, /) -> Server: ...


class ReadSchema(Protocol):
    """Read the tables, indexes, keys and known sizes of a connection's database."""

    async def __call__(self, connection: AsyncConnection, /) -> Schema: ...


class ReadDdl(Protocol):
    """Read the statements that make a connection's schema again in an empty database."""

    async def __call__(self, connection: AsyncConnection, /) -> tuple[str, ...]: ...


class Explain(Protocol):
    """Plan one statement without running it; the safe recipe of the dialect.

    Takes a connection of its own use (no transaction under way), the statement in the
    driver's or the log's placeholder style, and real values where there are any. What
    cannot be planned (several statements, DDL, a time-out) comes back as `NotPlanned`.
    """

    async def __call__(
        self, connection: AsyncConnection, sql: str, parameters: Parameters, /
    ) -> Plan | NotPlanned: ...


class Classify(Protocol):
    """Translate a driver's or SQLAlchemy's exception into a `DatabaseError` with its cause.

    `subject` is the database as shown to the user (no password).
    """

    def __call__(self, error: BaseException, subject: str, /) -> DatabaseError: ...


class ReadSnapshot(Protocol):
    """Read schema, sizes, planner statistics and settings, and rows where planning needs them."""

    async def __call__(self, connection: AsyncConnection, /) -> Snapshot | RowSnapshot: ...


class ReadStatements(Protocol):
    """Read what the server counted of the statements in a connection's database.

    Raises:
        LogError: It does not count, or the role may not read it.
    """

    async def __call__(self, connection: AsyncConnection, /) -> StatementStatistics: ...


class ReadActivity(Protocol):
    """Read how tables and indexes of a connection's database were used, and since when."""

    async def __call__(self, connection: AsyncConnection, /) -> Activity | NotCounted: ...


class ReadObjects(Protocol):
    """Read every object of a schema by kind and name, to compare one state with another."""

    def __call__(self, connection: Connection, /) -> dict[str, str]: ...


class ClearLeftover(Protocol):
    """Remove what an interrupted attempt at a statement left; return what to send instead."""

    def __call__(
        self, connection: Connection, sql: str, wait_s: float, notify: Notify, /
    ) -> str: ...


class InvalidIndexes(Protocol):
    """Name the indexes whose building was stopped."""

    def __call__(self, connection: Connection, /) -> tuple[str, ...]: ...


class CopyFile(Protocol):
    """Copy a whole database before its schema is changed; None where it holds nothing.

    Raises:
        MigrationError: The copy cannot be made.
    """

    def __call__(self, database: DatabaseUrl, version_table: str, /) -> Copy | None: ...


class ReadLinePrefix(Protocol):
    """Ask a server what it writes before each line of its log."""

    async def __call__(self, connection: AsyncConnection, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one database family can be asked.

    Attributes:
        name: `postgresql`, `mysql` or `sqlite`.
        driver: Name of the default async driver: `asyncpg`, `aiomysql`, `aiosqlite`.
        transactional_ddl: Whether a failed migration leaves nothing behind.
        session: What can be done with one connection itself.
        ddl: Reads what makes the schema again.
        snapshot: Reads what planning elsewhere needs.
        statements: None where there is no server that counts.
        activity: None where there is no server that counts.
        objects: None where a failed migration leaves nothing behind.
        copy: None where the database is no file.
        invalid_indexes: None where an index is there or not, and nothing between.
        sampling: None where rows are not sampled.
        clear_leftover: None where no statement leaves anything that hinders the next attempt.
    """

    name: str
    driver: str
    transactional_ddl: bool
    server: ReadServer
    schema: ReadSchema
    explain: Explain
    cause: Classify
    session: Session
    ddl: ReadDdl
    snapshot: ReadSnapshot
    statements: ReadStatements | None = None
    line_prefix: ReadLinePrefix | None = None
    activity: ReadActivity | None = None
    objects: ReadObjects | None = None
    copy: CopyFile | None = None
    clear_leftover: ClearLeftover | None = None
    invalid_indexes: InvalidIndexes | None = None
    sampling: Sampling | None = None


def dialect_named(name: str) -> Dialect:
    """Return the dialect of that name, importing only its own package."""
    dialect = import_module(f"asa.database.{name}").DIALECT
    assert isinstance(dialect, Dialect)  # noqa: S101  (tells the type checker what the package exports)
    return dialect
