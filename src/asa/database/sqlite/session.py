"""What can be done with one SQLite connection itself."""

import asyncio
import ssl
import threading
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.session import Limits, Session, SessionId, driver_connection
from asa.database.sqlite.cause import missing_file
from asa.database.sqlite.facts import read_facts
from asa.errors import DatabaseError

__all__ = ["SESSION"]

TRIES, PAUSE_SECONDS = 50, 0.005


async def identify(connection: AsyncConnection, /) -> SessionId:
    """Return the driver's connection object: a file has no server that numbers them."""
    return (await driver_connection(connection),)


async def sever(connection: Any, /) -> None:
    """Close the file below the pool."""
    await connection.close()


def tls(connection: Any, /) -> ssl.SSLObject | None:
    """A file has no TLS."""


async def limits(connection: AsyncConnection, /) -> Limits | None:
    """A file may be opened as often as the system allows."""


async def behind_pooler(connection: AsyncConnection, /) -> bool:  # noqa: ARG001  (its protocol)
    """A file has no pooler."""
    return False


def without_tls(error: DatabaseError, subject: str, /) -> DatabaseError | None:
    """A file has no TLS."""


async def settle() -> None:
    """Wait until aiosqlite's threads have ended.

    The one of a failed connection still answers, and fails loudly on a loop that is closed.
    """
    for _ in range(TRIES):
        if not any(is_sqlite_thread(thread) for thread in threading.enumerate()):
            return
        await asyncio.sleep(PAUSE_SECONDS)


def is_sqlite_thread(thread: threading.Thread) -> bool:
    """Tell whether a thread is aiosqlite's; before 0.22 the connection itself is the thread."""
    return "_connection_worker_thread" in thread.name or type(thread).__module__.startswith(
        "aiosqlite"
    )


SESSION = Session(
    title="SQLite",
    entrance="open",
    writable="takes writes",
    # SQLite creates a file that is not there: whoever only looks must not.
    check_before=missing_file,
    identify=identify,
    end=None,
    sever=sever,
    tls=tls,
    limits=limits,
    facts=read_facts,
    behind_pooler=behind_pooler,
    without_tls=without_tls,
    settle=settle,
)
