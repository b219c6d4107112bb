"""A place where scratch databases are made: a server of asa's own, one lent to it, or files."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl, parse_url
from asa.errors import DatabaseError, ScratchError
from asa.model.server import Server as About
from asa.scratch.servers import Engine
from asa.scratch.supervision import Supervised, fresh_name

__all__ = ["DatabaseServer", "Server", "SqliteFiles", "sqlite_about"]

PREFIX = "asa_scratch_"


class Server(ABC):
    """Makes empty databases and drops them. Belongs to no event loop.

    Attributes:
        about: Its family, make and version.
    """

    about: About

    @property
    def dialect(self) -> str:
        """`postgresql`, `mysql` or `sqlite`."""
        return self.about.dialect

    @abstractmethod
    async def create_database(self) -> str:
        """Make an empty database and return its async SQLAlchemy URL, password included.

        Raises:
            ScratchError: The server refuses.
        """

    @abstractmethod
    async def drop_database(self, url: str) -> None:
        """Remove a database that `create_database` made, open connections or not.

        Raises:
            ScratchError: It is not one of this server's scratch databases, or the server refuses.
        """

    @abstractmethod
    async def stop(self) -> None:
        """End the server if it is asa's own, with all its databases; else do nothing."""

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """Make an empty database, yield its URL, and drop it after use."""
        url = await self.create_database()
        try:
            yield url
        finally:
            await self.drop_database(url)


class DatabaseServer(Server):
    """A PostgreSQL, MariaDB or MySQL server.

    Args:
        engine: How to speak to its kind.
        about: What it is.
        maintenance: Database to connect to for making others.
        supervised: Its supervisor; None where the server was lent.
    """

    def __init__(
        self, engine: Engine, about: About, maintenance: DatabaseUrl, supervised: Supervised | None
    ) -> None:
        self.engine = engine
        self.about = about
        self.maintenance = maintenance
        self.supervised = supervised

    async def create_database(self) -> str:
        """Run CREATE DATABASE under a name that nothing else bears."""
        name = fresh_name(PREFIX)
        try:
            async with connection_to(self.maintenance, autocommit=True) as connection:
                await self.engine.create(connection, name)
        except DatabaseError as error:
            raise refused(error, self.maintenance) from error
        return self.maintenance.url.set(database=name).render_as_string(hide_password=False)

    async def drop_database(self, url: str) -> None:
        """End its connections and run DROP DATABASE."""
        name = own_name(make_url(url))
        try:
            async with connection_to(self.maintenance, autocommit=True) as connection:
                await self.engine.drop(connection, name)
        except DatabaseError as error:
            raise refused(error, self.maintenance) from error

    async def stop(self) -> None:
        """Stop the server and remove its directory."""
        if self.supervised is not None:
            await self.supervised.close()


class SqliteFiles(Server):
    """A private directory of SQLite files."""

    def __init__(self, directory: Path, supervised: Supervised) -> None:
        self.about = sqlite_about()
        self.directory = directory
        self.supervised = supervised

    async def create_database(self) -> str:
        """Name a new file; SQLite makes it when it is first written."""
        file = self.directory / f"{fresh_name(PREFIX)}.sqlite"
        return URL.create("sqlite+aiosqlite", database=str(file)).render_as_string()

    async def drop_database(self, url: str) -> None:
        """Remove the file and those that SQLite keeps beside it."""
        file = Path(make_url(url).database or "")
        own_name(make_url(url).set(database=file.stem))
        for suffix in ("", "-journal", "-wal", "-shm"):
            (self.directory / f"{file.name}{suffix}").unlink(missing_ok=True)

    async def stop(self) -> None:
        """Remove the directory."""
        await self.supervised.close()


def sqlite_about() -> About:
    """Return what the SQLite library of this Python is."""
    return About("sqlite", "SQLite", sqlite3.sqlite_version_info, sqlite3.sqlite_version)


def own_name(url: URL) -> str:
    """Return a database's name if asa made it.

    Raises:
        ScratchError: It bears another name: asa drops nothing that it did not make.
    """
    name = url.database or ""
    if not name.startswith(PREFIX) or not name.isidentifier():
        raise ScratchError(f'"{name}" is not a scratch database of asa; it stays', cause="foreign")
    return name


def lent(url: str) -> DatabaseUrl:
    """Return the database of a lent server in which others can be made."""
    database = parse_url(url)
    if database.dialect == "postgresql" and not database.url.database:
        return parse_url(
            database.url.set(database="postgres").render_as_string(hide_password=False)
        )
    return database


def refused(error: DatabaseError, database: DatabaseUrl) -> ScratchError:
    """Return the error of a server that makes or drops no database."""
    return ScratchError(
        f"the scratch server at {database.place} made no database: {error.message}",
        error.hint or "its user must be allowed to create and drop databases",
        cause=error.cause,
        details=error.details,
    )
