"""What can be done with one MySQL or MariaDB connection itself."""

import asyncio
import ssl
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.mysql.cause import OPTIONS
from asa.database.mysql.facts import read_facts
from asa.database.session import Limits, Session, SessionId, driver_connection
from asa.errors import DatabaseError

__all__ = ["SESSION"]

LIMITS = """
SELECT @@global.max_connections, @@session.max_user_connections, @@session.wait_timeout,
       (SELECT count(*) FROM information_schema.processlist
         WHERE user = substring_index(current_user(), '@', 1))
"""
TRIES, PAUSE_SECONDS = 250, 0.002
IDENTITY = "SELECT CONNECTION_ID()"


def check_before(subject: str, /) -> DatabaseError | None:
    """Nothing can be told before connecting."""


async def identify(connection: AsyncConnection, /) -> SessionId:
    """Return the thread's number; a server gives none twice while it runs."""
    return ((await connection.exec_driver_sql(IDENTITY)).scalar_one(),)


async def end(connection: AsyncConnection, session: SessionId, /) -> bool:
    """End an own thread and wait until it is gone."""
    number = int(str(session[0]))
    await connection.exec_driver_sql(f"KILL CONNECTION {number}")
    for _ in range(TRIES):
        left = await connection.exec_driver_sql(
            f"SELECT count(*) FROM information_schema.processlist WHERE id = {number}"  # noqa: S608  (a number)
        )
        if left.scalar_one() == 0:
            return True
        await asyncio.sleep(PAUSE_SECONDS)
    return False


async def sever(connection: Any, /) -> None:
    """Abort the driver's socket."""
    connection.close()


def tls(connection: Any, /) -> ssl.SSLObject | None:
    """Return the TLS session of an aiomysql connection."""
    writer = getattr(connection, "_writer", None)
    return writer.get_extra_info("ssl_object") if writer is not None else None


async def limits(connection: AsyncConnection, /) -> Limits | None:
    """Return the lower limit of the server's and the role's own."""
    row: tuple[int, ...] = tuple((await connection.exec_driver_sql(LIMITS)).one())
    server, role, idle, own = (int(value) for value in row)
    status = (await connection.exec_driver_sql("SHOW GLOBAL STATUS LIKE 'Threads_connected'")).one()
    found = [Limits(server, int(str(tuple(status)[1])), idle)]
    # A role's limit of 0 is none.
    if role:
        found.append(Limits(role, own, idle))
    return min(found, key=lambda one: one.free)


async def behind_pooler(connection: AsyncConnection, /) -> bool:
    """Compare the thread that answers with the one that aiomysql was greeted by."""
    greeted = getattr(await driver_connection(connection), "thread_id", None)
    return greeted is not None and greeted() != (await identify(connection))[0]


def without_tls(error: DatabaseError, subject: str, /) -> DatabaseError | None:  # noqa: ARG001  (its protocol)
    """Say that a role that requires TLS is refused as if its password were wrong."""
    if error.cause != "password":
        return None
    hint = f"{error.hint}; if the role requires TLS, add {OPTIONS['tls_option']}"
    return DatabaseError(error.message, hint, cause=error.cause, transient=error.transient)


async def settle() -> None:
    """Nothing goes on after a failed connection."""


SESSION = Session(
    title="MySQL or MariaDB",
    entrance="login",
    writable="takes writes",
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
