"""What can be done with one PostgreSQL connection itself."""

import asyncio
import ssl
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.cause import Target
from asa.database.causes import cause_named
from asa.database.postgresql.cause import OPTIONS
from asa.database.postgresql.facts import read_facts
from asa.database.session import Limits, Session, SessionId, driver_connection
from asa.errors import DatabaseError

__all__ = ["SESSION"]

# The start time guards against a number that was given to another backend meanwhile.
IDENTITY = """
SELECT pid, extract(epoch FROM backend_start)::text
  FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""
OWN = "pid = {} AND usename = current_user AND extract(epoch FROM backend_start)::text = '{}'"
LIMITS = """
SELECT current_setting('max_connections')::int
       - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true)::int, 0),
       (SELECT coalesce(sum(numbackends), 0)::int FROM pg_stat_database),
       (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),
       (SELECT count(*)::int FROM pg_stat_activity WHERE usename = current_user),
       (SELECT datconnlimit FROM pg_database WHERE datname = current_database()),
       (SELECT numbackends FROM pg_stat_database WHERE datname = current_database()),
       (SELECT setting::int / 1000 FROM pg_settings WHERE name = 'idle_session_timeout')
"""
TRIES, PAUSE_SECONDS = 250, 0.002


def check_before(subject: str, /) -> DatabaseError | None:
    """Nothing can be told before connecting."""


async def identify(connection: AsyncConnection, /) -> SessionId:
    """Return the backend's process number and when it started."""
    row = (await connection.exec_driver_sql(IDENTITY)).one()
    return tuple(row)


async def end(connection: AsyncConnection, session: SessionId, /) -> bool:
    """End an own backend and wait until it is gone."""
    condition = OWN.format(int(str(session[0])), float(str(session[1])).__format__(".6f"))
    await connection.exec_driver_sql(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {condition}"  # noqa: S608  (numbers only)
    )
    for _ in range(TRIES):
        # A transaction sees the activity as it first looked.
        await connection.exec_driver_sql("SELECT pg_stat_clear_snapshot()")
        left = await connection.exec_driver_sql(
            f"SELECT count(*) FROM pg_stat_activity WHERE {condition}"  # noqa: S608  (numbers only)
        )
        if left.scalar_one() == 0:
            return True
        await asyncio.sleep(PAUSE_SECONDS)
    return False


async def sever(connection: Any, /) -> None:
    """Abort the driver's socket; psycopg can only close it."""
    if hasattr(connection, "terminate"):
        connection.terminate()
    else:
        await connection.close()


def tls(connection: Any, /) -> ssl.SSLObject | None:
    """Return the TLS session of an asyncpg connection."""
    transport = getattr(connection, "_transport", None)
    return transport.get_extra_info("ssl_object") if transport is not None else None


async def limits(connection: AsyncConnection, /) -> Limits | None:
    """Return the lowest limit that holds: of the server, the role or the database."""
    row: tuple[int, ...] = tuple((await connection.exec_driver_sql(LIMITS)).one())
    pairs = ((row[0], row[1]), (row[2], row[3]), (row[4], row[5]))
    # A role's or a database's limit of -1 is none.
    idle = row[6] or None  # 0 is never; there is no such setting before 14
    found = [Limits(maximum, in_use, idle) for maximum, in_use in pairs if maximum >= 0]
    return min(found, key=lambda one: one.free)


async def behind_pooler(connection: AsyncConnection, /) -> bool:
    """Compare the process that answers with the one that asyncpg was greeted by."""
    driver = await driver_connection(connection)
    greeted = getattr(driver, "get_server_pid", None)
    if greeted is None:
        return False
    pid = (await connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
    return bool(greeted() != pid)


def without_tls(error: DatabaseError, subject: str, /) -> DatabaseError | None:
    """Take pg_hba.conf's `no encryption` for the reason."""
    if error.cause != "no-access" or "no encryption" not in error.message:
        return None
    return cause_named("tls-required").error(Target.of(subject), **OPTIONS)


async def settle() -> None:
    """Nothing goes on after a failed connection."""


SESSION = Session(
    title="PostgreSQL",
    entrance="login",
    writable="primary",
    check_before=check_before,
    identify=identify,
    end=end,
    sever=sever,
    tls=tls,
    limits=limits,
    facts=read_facts,
    behind_pooler=behind_pooler,
    without_tls=without_tls,
    settle=settle,
    identity=IDENTITY,
)
