"""MySQL's and MariaDB's upgrade lock: GET_LOCK on a connection of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.lock import Lock, never_leaks
from asa.database.url import DatabaseUrl

__all__ = ["LOCK"]

# An idle session must outlive a long migration; a year is the most that the server takes.
STAY = text("SET SESSION wait_timeout = 31536000")
# Also in the env.py of `asa init --lock`. The name counts on the whole server.
NAME = "CONCAT('asa upgrade ', LEFT(SHA2(DATABASE(), 256), 16))"
TAKE = text(f"SELECT GET_LOCK({NAME}, 0)")
HOLDER = text(f"SELECT IS_USED_LOCK({NAME})")
SESSION = text("SELECT user, host FROM information_schema.processlist WHERE id = :id")


@dataclass(frozen=True, slots=True)
class NamedLock:
    """The lock over one connection."""

    connection: AsyncConnection

    async def take(self) -> bool:
        """Try once to take it."""
        return bool(await self.connection.scalar(TAKE))

    async def holder(self) -> str:
        """Say who holds it."""
        session = await self.connection.scalar(HOLDER)
        if session is None:
            return ""
        try:
            row = (await self.connection.execute(SESSION, {"id": session})).first()
        except SQLAlchemyError:
            row = None
        return f"connection {session}" + (f" ({row[0]} from {row[1]})" if row else "")


@asynccontextmanager
async def reach(database: DatabaseUrl) -> AsyncIterator[NamedLock]:
    """Open a connection for the lock; closing it gives the lock back.

    Raises:
        DatabaseError: The database cannot be reached.
    """
    async with connection_to(database, autocommit=True) as connection:
        await connection.execute(STAY)
        yield NamedLock(connection)


def limit(seconds: float) -> str:
    """Return the SQL that limits the wait for a table's metadata lock."""
    least = f"LEAST(@@lock_wait_timeout, {max(1, int(seconds))})"
    # MySQL takes whole numbers alone, and LEAST of one without a sign and one with is none.
    return f"SET SESSION lock_wait_timeout = CAST({least} AS SIGNED)"


LOCK = Lock(reach, limit, never_leaks)
