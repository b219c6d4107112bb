"""What can be done with one connection itself: number it, look at its TLS, break it."""

import ssl
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.errors import DatabaseError

__all__ = ["Facts", "Limits", "Remark", "Session", "SessionId", "driver_connection"]

SessionId = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections a server gives.

    Attributes:
        maximum: Connections that this role may have in all; the lowest limit that holds.
        in_use: Connections that count towards it now, this check's own among them.
        idle_seconds: After how long the server ends an idle connection; None for never.
    """

    maximum: int
    in_use: int
    idle_seconds: int | None = None

    @property
    def free(self) -> int:
        """Connections that can still be opened."""
        return max(self.maximum - self.in_use, 0)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a database that the user must judge: where, what, and what to do.

    Attributes:
        concurrent: Whether it matters only where several processes use the database.
    """

    name: str
    text: str
    advice: str
    concurrent: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What a session is like for the application.

    Attributes:
        encoding: Of what is stored.
        time_zone: Of the session; empty where there is none.
        isolation: Level of its transactions, in lower case.
        clock: The server's time in seconds since 1970; None where it is this machine's.
        lacks_use: Privileges that the application would miss, as the database names them.
        lacks_migration: Privileges that migrations would miss.
        helpers: Extensions there that help asa.
        remarks: What the user must judge.
    """

    encoding: str
    time_zone: str
    isolation: str
    clock: float | None = None
    lacks_use: tuple[str, ...] = ()
    lacks_migration: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


class CheckBefore(Protocol):
    """Return why connecting must not even be tried; None where it may."""

    def __call__(self, subject: str, /) -> DatabaseError | None: ...


class Identify(Protocol):
    """Return what tells a connection from every other on the server, now and later."""

    async def __call__(self, connection: AsyncConnection, /) -> SessionId: ...


class End(Protocol):
    """End the session of that id, which must be this role's own.

    Returns whether it is gone.
    """

    async def __call__(self, connection: AsyncConnection, session: SessionId, /) -> bool: ...


class Sever(Protocol):
    """Cut a driver's connection on this side, as a broken network would."""

    async def __call__(self, connection: Any, /) -> None: ...


class ReadTls(Protocol):
    """Return the TLS session of a driver's connection; None where there is none."""

    def __call__(self, connection: Any, /) -> ssl.SSLObject | None: ...


class ReadFacts(Protocol):
    """Ask what the session is like."""

    async def __call__(self, connection: AsyncConnection, /) -> Facts: ...


class BehindPooler(Protocol):
    """Tell whether the session on the server is not the one that let us in."""

    async def __call__(self, connection: AsyncConnection, /) -> bool: ...


class WithoutTls(Protocol):
    """Return what a refused login means where TLS was offered and not used; None for the same."""

    def __call__(self, error: DatabaseError, subject: str, /) -> DatabaseError | None: ...


class Settle(Protocol):
    """Wait, for a moment, until what a failed connection left running is over."""

    async def __call__(self) -> None: ...


class ReadLimits(Protocol):
    """Ask how many connections the server gives; None where there is no limit."""

    async def __call__(self, connection: AsyncConnection, /) -> Limits | None: ...


@dataclass(frozen=True, slots=True)
class Session:
    """What a dialect can do with its connections.

    Attributes:
        title: What is expected to answer: `PostgreSQL`, `MySQL or MariaDB`, `SQLite`.
        entrance: What letting in is called: `login`, or `open` for a file.
        writable: What a server is called that is not read-only: `primary`.
        end: None where there is no server that could end one.
        identity: SQL whose one row is what `identify` returns; empty where `end` is None.
        behind_pooler: Ending a session through a pooler could hit a stranger's.
    """

    title: str
    entrance: str
    writable: str
    check_before: CheckBefore
    identify: Identify
    end: End | None
    sever: Sever
    tls: ReadTls
    limits: ReadLimits
    facts: ReadFacts
    behind_pooler: BehindPooler
    without_tls: WithoutTls
    settle: Settle
    identity: str = ""


async def driver_connection(connection: AsyncConnection) -> Any:
    """Return the driver's own connection object."""
    return (await connection.get_raw_connection()).driver_connection
