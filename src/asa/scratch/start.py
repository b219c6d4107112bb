"""Which server a scratch database is made on, and how it is started."""

import secrets
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.errors import DatabaseError, ScratchError
from asa.model.server import Server as About
from asa.scratch.account import server_account
from asa.scratch.installation import Installation, Unusable, probed
from asa.scratch.place import free_directory
from asa.scratch.server import DatabaseServer, Server, SqliteFiles, lent, refused, sqlite_about
from asa.scratch.servers import ENGINES, Engine
from asa.scratch.servers.engine import Address, Setup
from asa.scratch.supervision import Plan, PlanFailed, Supervised, supervised

__all__ = ["expected_server", "start_server"]

PORT_ATTEMPTS = 5
PORT_TAKEN = ("Address already in use", "Bind on TCP/IP port")
COPY = "programs"


async def start_server(dialect: str, *, server_url: str | None = None) -> Server:
    """Start a server for scratch databases, or take the one that is lent.

    Args:
        dialect: `postgresql`, `mysql` or `sqlite`.
        server_url: Server on which asa may create and drop databases; used when it is of the
            dialect. A lent server that does not answer is an error, never passed over.

    Raises:
        ScratchError: No such server can be had; the hint says what to install.
    """
    if dialect == "sqlite":
        return await start_files()
    engine = ENGINES[dialect]
    if fits(dialect, server_url):
        about = await expected_server(dialect, server_url=server_url)
        return DatabaseServer(engine, about, lent(server_url or ""), None)
    tried: list[tuple[str, str]] = []
    for installation in usable(engine, tried):
        try:
            return await start_local(engine, installation)
        except PlanFailed as failure:
            tried.append((str(installation.program), f"{failure.step}: {failure.output}"))
    raise missing(engine, tried)


async def expected_server(dialect: str, *, server_url: str | None = None) -> About:
    """Tell which server `start_server` would use, starting none (`PostgreSQL 16.4`).

    Raises:
        ScratchError: No such server can be had; the hint says what to install.
    """
    if dialect == "sqlite":
        return sqlite_about()
    engine = ENGINES[dialect]
    if fits(dialect, server_url):
        database = lent(server_url or "")
        try:
            async with connection_to(database) as connection:
                return await dialect_named(dialect).server(connection)
        except DatabaseError as error:
            raise refused(error, database) from error
    tried: list[tuple[str, str]] = []
    for installation in usable(engine, tried):
        if installation.about is not None:
            return installation.about
    raise missing(engine, tried)


def fits(dialect: str, server_url: str | None) -> bool:
    """Tell whether a lent server is of the dialect."""
    return server_url is not None and parse_url(server_url).dialect == dialect


def usable(engine: Engine, tried: list[tuple[str, str]]) -> Iterator[Installation]:
    """Yield the installations that run here, noting in `tried` why the others do not."""
    if sys.platform == "win32":
        return
    account = server_account()
    for installation in engine.installations():
        try:
            yield probed(installation, account)
        except Unusable as reason:
            tried.append((str(installation.program), str(reason)))


async def start_local(engine: Engine, installation: Installation) -> Server:
    """Start a server of asa's own.

    Raises:
        PlanFailed: It does not start.
    """
    for attempt in range(PORT_ATTEMPTS):
        address = Address(free_port(), secrets.token_hex(16))
        try:
            running = await supervised(plan(engine, installation, address))
        except PlanFailed as failure:
            # Between finding the port and binding it, another program may take it.
            taken = any(words in failure.output for words in PORT_TAKEN)
            if not taken or attempt == PORT_ATTEMPTS - 1:
                raise
        else:
            return served(engine, installation, address, running)
    raise AssertionError("unreachable")


def served(
    engine: Engine, installation: Installation, address: Address, running: Supervised
) -> Server:
    """Return the server that runs."""
    assert installation.about is not None  # noqa: S101  (probed before it is used)
    return DatabaseServer(engine, installation.about, parse_url(engine.url(address)), running)


def plan(engine: Engine, installation: Installation, address: Address) -> Plan:
    """Return how to start a server, from a copy of its programs where that is needed."""
    account = server_account()
    directory = free_directory(account, programs=installation.copied)
    run = installation.below(directory / COPY) if installation.copied else installation
    copies = tuple((installation.root / part, f"{COPY}/{part}") for part in installation.parts)
    return replace(
        engine.plan(Setup(installation, run, address, directory)),
        account=account,
        copies=copies if installation.copied else (),
    )


async def start_files() -> Server:
    """Make a private directory for SQLite files.

    Raises:
        ScratchError: It cannot be made.
    """
    directory = free_directory()
    try:
        return SqliteFiles(directory, await supervised(Plan(directory)))
    except PlanFailed as failure:
        raise ScratchError(
            f"no directory for a scratch SQLite database: {failure.output}",
            "set TMPDIR to a directory that can be written",
            cause="no-room",
        ) from None


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def missing(engine: Engine, tried: list[tuple[str, str]]) -> ScratchError:
    """Return the error for an engine of which nothing here starts."""
    if sys.platform == "win32":
        return ScratchError(
            f"asa starts no scratch {engine.title} on Windows",
            "name a server with --scratch-url",
            cause="missing",
        )
    if tried:
        return ScratchError(
            f"no {engine.title} on this machine starts as a scratch server",
            engine.hint,
            cause="start",
            details=tuple(tried),
        )
    return ScratchError(
        f"no {engine.title} found to make a scratch database", engine.hint, cause="missing"
    )
