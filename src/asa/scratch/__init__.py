"""Databases that asa makes and throws away.

    async with scratch_database("postgresql") as url: ...       one database, one server
    async with scratch_server("postgresql") as server:          one server, many databases
        async with server.database() as url: ...

Servers are asa's own: started from programs found on this machine, on 127.0.0.1 behind a
random password, in a private directory, and gone with the process that asked for them however
it ends. Where the user lends a server (`--scratch-url`), databases are made there instead.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asa.scratch.server import Server
from asa.scratch.start import expected_server, start_server

__all__ = ["Server", "expected_server", "scratch_database", "scratch_server", "start_server"]


@asynccontextmanager
async def scratch_server(dialect: str, *, server_url: str | None = None) -> AsyncIterator[Server]:
    """Start a server for scratch databases, and stop it after use.

    Args:
        dialect: `postgresql`, `mysql` or `sqlite`.
        server_url: A server that the user lends (`Config.scratch`, resolved), used when it
            is of the dialect.

    Raises:
        ScratchError: No such server can be had; the hint says what to install.
    """
    server = await start_server(dialect, server_url=server_url)
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def scratch_database(dialect: str, *, server_url: str | None = None) -> AsyncIterator[str]:
    """Yield the async SQLAlchemy URL of an empty database that is gone afterwards.

    Args and errors are those of `scratch_server`.
    """
    async with scratch_server(dialect, server_url=server_url) as server:
        yield await server.create_database()
