"""Which server a scratch database is made on, and how it is started."""

import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import replace

from asa.errors import ScratchError
from asa.model.server import Server as About
from asa.scratch.account import Account, server_account
from asa.scratch.installation import Installation, UnusableError, probed
from asa.scratch.lent import lent_about, lent_server
from asa.scratch.place import free_directory
from asa.scratch.server import DatabaseServer, Server, SqliteFiles, sqlite_about
from asa.scratch.servers import ENGINES, Engine
from asa.scratch.servers.engine import Address, Setup
from asa.scratch.supervision import Plan, PlanError, supervised

__all__ = ["expected_server", "is_mariadb", "start_server", "usable"]

PORT_ATTEMPTS = 5
PORT_TAKEN = ("Address already in use", "Bind on TCP/IP port")
COPY = "programs"

Tried = list[tuple[str, str]]


async def start_server(
    dialect: str,
    *,
    server_url: str | None = None,
    settings: Mapping[str, str] | None = None,
    at_least: tuple[int, ...] = (),
    like: About | None = None,
) -> Server:
    """Start a server for scratch databases, or take the one that is lent.

    Args:
        dialect: `postgresql`, `mysql` or `sqlite`.
        server_url: Server on which asa may create and drop databases; used when it is of the
            dialect. A lent server that does not answer is an error, never passed over.
        settings: Settings to start a server of asa's own with, by the server's names; a lent
            server keeps its own.
        at_least: Version below which no server of asa's own serves.
        like: The server that it stands in for: where both are here, MySQL is taken for
            MySQL and MariaDB for MariaDB.

    Raises:
        ScratchError: No such server can be had; the hint says what to install.
    """
    if dialect == "sqlite":
        return await start_files()
    engine = ENGINES[dialect]
    if (lent := lent_server(dialect, server_url)) is not None:
        return DatabaseServer(engine, await lent_about(lent), lent)
    installations, tried = usable(engine, like)
    for installation in installations:
        if installation.server.version < at_least:
            tried.append((str(installation.program), f"{installation.server} is too old"))
            continue
        server = await started(engine, installation, tried, settings or {})
        if server is not None:
            return server
    raise missing(engine, tried)


async def expected_server(
    dialect: str, *, server_url: str | None = None, like: About | None = None
) -> About:
    """Tell which server `start_server` would use, starting none (`PostgreSQL 16.4`).

    Raises:
        ScratchError: No such server can be had; the hint says what to install.
    """
    if dialect == "sqlite":
        return sqlite_about()
    if (lent := lent_server(dialect, server_url)) is not None:
        return await lent_about(lent)
    engine = ENGINES[dialect]
    installations, tried = usable(engine, like)
    if not installations:
        raise missing(engine, tried)
    return installations[0].server


def usable(engine: Engine, like: About | None = None) -> tuple[list[Installation], Tried]:
    """Return the installations that run here, and why the others do not.

    Those of the make of `like` come first, then the newest.
    """
    tried: Tried = []
    if sys.platform == "win32":
        return [], tried
    account = server_account()
    found = [accepted(one, account, tried) for one in engine.installations()]
    running = [one for one in found if one is not None]
    running.sort(key=lambda one: one.server.version, reverse=True)
    if like is not None:
        running.sort(key=lambda one: is_mariadb(one.server) != is_mariadb(like))
    return sorted(running, key=lambda one: one.bundled), tried


def is_mariadb(server: About) -> bool:
    """Tell MariaDB from MySQL and its kin."""
    return server.flavour == "MariaDB"


def accepted(one: Installation, account: Account | None, tried: Tried) -> Installation | None:
    """Return the installation with its version, or note why it does not serve."""
    try:
        return probed(one, account)
    except UnusableError as reason:
        tried.append((str(one.program), str(reason)))
        return None


async def started(
    engine: Engine, installation: Installation, tried: Tried, settings: Mapping[str, str]
) -> Server | None:
    """Start a server of asa's own, or note why it does not start."""
    for _ in range(PORT_ATTEMPTS):
        address = Address(free_port(), secrets.token_hex(16))
        try:
            running = await supervised(plan(engine, installation, address, settings))
        except PlanError as failure:
            # Between finding the port and binding it, another program may have taken it.
            if not any(words in failure.output for words in PORT_TAKEN):
                tried.append((str(installation.program), f"{failure.step}: {failure.output}"))
                return None
        else:
            return DatabaseServer(engine, installation.server, engine.url(address), running)
    tried.append((str(installation.program), f"no free port in {PORT_ATTEMPTS} attempts"))
    return None


def plan(
    engine: Engine, installation: Installation, address: Address, settings: Mapping[str, str]
) -> Plan:
    """Return how to start a server, from a copy of its programs where that is needed."""
    account = server_account()
    directory = free_directory(account, programs=installation.copied)
    run = installation.below(directory / COPY) if installation.copied else installation
    copies = tuple((installation.root / part, f"{COPY}/{part}") for part in installation.parts)
    return replace(
        engine.plan(Setup(installation, run, address, directory, settings)),
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
        return SqliteFiles(await supervised(Plan(directory)))
    except PlanError as failure:
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


def missing(engine: Engine, tried: Tried) -> ScratchError:
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
