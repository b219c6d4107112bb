"""PostgreSQL's upgrade lock: an advisory lock of the session, held on a connection of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import OID
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.lock import Lock
from asa.database.postgresql.pooler import leaks
from asa.database.url import DatabaseUrl

__all__ = ["LOCK"]

# Any number does that no other program takes; advisory locks belong to one database. They
# stand in the env.py of `asa init --lock` too.
CLASS, OBJECT = 0x617361, 0x757067
TAKE = text(f"SELECT pg_try_advisory_lock({CLASS}, {OBJECT})")
# An idle session must outlive a long migration (the setting exists from PostgreSQL 14 on).
STAY = text(
    "SELECT set_config('idle_session_timeout', '0', false)"
    " WHERE current_setting('idle_session_timeout', true) IS NOT NULL"
)
NAME = text("SELECT set_config('application_name', 'asa upgrade', false)")
HOLDER = text(
    "SELECT a.pid, a.usename, host(a.client_addr), to_char(a.backend_start, 'HH24:MI:SS')"
    " FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = :class AND l.objid = :object"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
).bindparams(bindparam("class", CLASS, OID), bindparam("object", OBJECT, OID))


@dataclass(frozen=True, slots=True)
class SessionLock:
    """The lock over one connection."""

    connection: AsyncConnection

    async def take(self) -> bool:
        """Try once to take it."""
        return bool(await self.connection.scalar(TAKE))

    async def holder(self) -> str:
        """Say who holds it."""
        row = (await self.connection.execute(HOLDER)).first()
        if row is None:
            return ""
        pid, user, host, since = row
        return f"process {pid} ({user} from {host or 'this machine'}, since {since})"


@asynccontextmanager
async def reach(database: DatabaseUrl) -> AsyncIterator[SessionLock]:
    """Open a connection for the lock; closing it gives the lock back.

    Raises:
        DatabaseError: The database cannot be reached.
    """
    async with connection_to(database, autocommit=True) as connection:
        await connection.execute(STAY)
        await connection.execute(NAME)
        yield SessionLock(connection)


def limit(seconds: float) -> str:
    """Return the SQL that limits the wait for a table's lock, where nobody has limited it yet."""
    return (
        f"SELECT set_config('lock_timeout', '{int(seconds * 1000)}', false)"
        " WHERE current_setting('lock_timeout') IN ('0', '0ms')"
    )


LOCK = Lock(reach, limit, leaks)
