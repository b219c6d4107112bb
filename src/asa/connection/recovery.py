"""The break-it proof: end one of our own pooled connections, and watch the pool recover."""

import asyncio
from dataclasses import dataclass
from time import perf_counter

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from asa.connection.transport import elapsed_ms
from asa.database.engine import is_driver_error
from asa.database.session import Session, SessionId, driver_connection

__all__ = ["Reached", "Recovered", "Unbroken", "break_and_recover"]

HEARING_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Recovered:
    """The next checkout gave another, working connection.

    Attributes:
        how: `ended on the server` or `cut on this side`.
        duration_ms: Time of that checkout.
    """

    how: str
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Reached:
    """The break reached the application: the next checkout, or its first statement, failed."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Unbroken:
    """The connection could not be broken, with the reason as a clause."""

    reason: str


async def break_and_recover(
    engine: AsyncEngine, session: Session
) -> Recovered | Reached | Unbroken:
    """Break a pooled connection of this engine after its checkin, and check out again.

    Only a connection of this engine is ever ended. It must be idle in the pool: MariaDB
    recovers by itself from a connection that is killed while checked out.

    Args:
        engine: With a queue pool; at most two of its connections are used.
        session: The dialect's.

    Raises:
        DBAPIError: The connections that it takes were not had.
    """
    async with engine.connect() as victim:
        identity = await session.identify(victim)
        if session.end is None or await session.behind_pooler(victim):
            driver = await driver_connection(victim)
        else:
            driver = None
    if driver is not None:
        await session.sever(driver)
        how = "cut on this side"
    else:
        if not await ended(engine, session, identity):
            return Unbroken("the server would not end the connection")
        how = "ended on the server"
    # As in an application that waits: the driver hears that its socket is closed.
    await asyncio.sleep(HEARING_SECONDS)
    since = perf_counter()
    try:
        async with engine.connect() as connection:
            duration_ms = elapsed_ms(since)
            await connection.exec_driver_sql("SELECT 1")
            again = await session.identify(connection)
    except Exception as error:
        if not is_driver_error(error):
            raise
        return Reached(error)
    if again == identity:
        return Unbroken("the pool handed out the same connection")
    return Recovered(how, duration_ms)


async def ended(engine: AsyncEngine, session: Session, identity: SessionId) -> bool:
    """End the idle connection of that id from another one of the same pool."""
    assert session.end is not None  # noqa: S101  (for the type checker; callers looked)
    async with engine.connect() as first:
        if await session.identify(first) != identity:
            return await session.end(first, identity)
        # The pool handed out the victim: hold it until there is a second one.
        second = await engine.connect().start()
        await released(first)
        try:
            return await session.end(second, identity)
        finally:
            await second.close()


async def released(connection: AsyncConnection) -> None:
    """Give a connection back to its pool before its block ends."""
    await connection.close()
