"""A place where scratch databases are made: a server of asa's own, one lent to it, or files."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl, parse_url
from asa.errors import DatabaseError, ScratchError
from asa.model.server import Server as About
from asa.scratch.servers import Engine
from asa.scratch.supervision import Supervised, fresh_name

__all__ = ["DatabaseServer", "Server", "SqliteFiles", "refused", "sqlite_about"]

PREFIX = "asa_scratch_"


class Server(ABC):
    """Makes empty databases and drops them. Belongs to no event loop.

    Attributes:
        about: Its family, make and version.
        supervised: What keeps it and its directory; None where it was lent.
    """

    about: About
    supervised: Supervised | None

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
        """End the server if it is asa's own; drop what is left of asa's on a lent one."""

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
        url: One of its databases, to connect to for making others.
        supervised: Its supervisor; None where the server was lent. Databases on a lent server
            outlive a kill -9 of asa: no one is left who could drop them.
    """

    def __init__(
        self, engine: Engine, about: About, url: str, supervised: Supervised | None = None
    ) -> None:
        self.engine = engine
        self.about = about
        self.url = make_url(url)
        self.maintenance = parse_url(url)
        self.supervised = supervised
        self.made: set[str] = set()

    async def create_database(self) -> str:
        """Run CREATE DATABASE under a name that nothing else bears."""
        name = fresh_name(PREFIX)
        async with self.connection("makes no database") as connection:
            await self.engine.create(connection, name)
        self.made.add(name)
        return self.named(name)

    async def drop_database(self, url: str) -> None:
        """End its connections and run DROP DATABASE."""
        name = own_name(make_url(url).database or "")
        async with self.connection("drops no database") as connection:
            await self.engine.drop(connection, name)
        self.made.discard(name)

    async def stop(self) -> None:
        """Stop the server and remove its directory, or drop the databases on a lent one."""
        if self.supervised is not None:
            await self.supervised.close()
            return
        for name in tuple(self.made):
            await self.drop_database(self.named(name))

    @asynccontextmanager
    async def connection(self, refusal: str) -> AsyncIterator[AsyncConnection]:
        """Connect to the database from which others are made."""
        try:
            async with connection_to(self.maintenance, autocommit=True) as connection:
                yield connection
        except DatabaseError as error:
            raise refused(error, self.maintenance, refusal) from error

    def named(self, name: str) -> str:
        """Return the URL of a database of this server, with the options it was lent with."""
        url, driver = self.url, self.maintenance.url.drivername
        query = dict(url.query)
        if self.maintenance.driver == "asyncpg" and "sslmode" in query:
            query["ssl"] = query.pop("sslmode")  # as SQLAlchemy hands it to the driver
        return url.set(drivername=driver, database=name, query=query).render_as_string(
            hide_password=False
        )


class SqliteFiles(Server):
    """A private directory of SQLite files."""

    def __init__(self, supervised: Supervised) -> None:
        self.about = sqlite_about()
        self.directory = supervised.directory
        self.supervised: Supervised = supervised

    async def create_database(self) -> str:
        """Name a new file; SQLite makes it when it is first written."""
        file = self.directory / f"{fresh_name(PREFIX)}.sqlite"
        return URL.create("sqlite+aiosqlite", database=str(file)).render_as_string()

    async def drop_database(self, url: str) -> None:
        """Remove the file and those that SQLite keeps beside it."""
        file = Path(make_url(url).database or "")
        own_name(file.stem)
        for suffix in ("", "-journal", "-wal", "-shm"):
            (self.directory / f"{file.name}{suffix}").unlink(missing_ok=True)

    async def stop(self) -> None:
        """Remove the directory."""
        await self.supervised.close()


def sqlite_about() -> About:
    """Return what the SQLite library of this Python is."""
    return About("sqlite", "SQLite", sqlite3.sqlite_version_info, sqlite3.sqlite_version)


def own_name(name: str) -> str:
    """Return a database's name if asa made it.

    Raises:
        ScratchError: It bears another name: asa drops nothing that it did not make.
    """
    if not name.startswith(PREFIX) or not name.isidentifier():
        raise ScratchError(f'"{name}" is not a scratch database of asa; it stays', cause="foreign")
    return name


def refused(error: DatabaseError, database: DatabaseUrl, refusal: str) -> ScratchError:
    """Return the error of a server that does not do what scratch databases need."""
    return ScratchError(
        f"the scratch server at {database.place} {refusal}: {error.message}",
        error.hint or "its user must be allowed to create and drop databases",
        cause=error.cause,
        details=error.details,
    )
