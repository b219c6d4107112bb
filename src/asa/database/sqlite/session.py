"""What can be done with one SQLite connection itself."""

import ssl
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.session import Limits, Session, SessionId, driver_connection
from asa.database.sqlite.cause import missing_file

__all__ = ["SESSION"]


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
    behind_pooler=behind_pooler,
)
