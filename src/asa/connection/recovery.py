"""The break-it proof: end one of our own pooled connections, and watch the pool recover."""

import asyncio
from dataclasses import dataclass
from time import perf_counter

from sqlalchemy.ext.asyncio import AsyncEngine

from asa.connection.transport import elapsed_ms
from asa.database.engine import connection_to, is_driver_error
from asa.database.session import Session, SessionId, driver_connection
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError

__all__ = ["Reached", "Recovered", "Unbroken", "break_and_recover"]

HEARING_SECONDS = 0.005


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
    """The connection could not be broken: the reason as a clause, and what to do."""

    reason: str
    advice: str


async def break_and_recover(
    engine: AsyncEngine, session: Session, database: DatabaseUrl
) -> Recovered | Reached | Unbroken:
    """Break a pooled connection of this engine after its checkin, and check out again.

    Only a connection of this engine is ever ended. It must be idle in the pool: MariaDB
    recovers by itself from a connection that is killed while checked out.

    Args:
        engine: With a queue pool; one of its connections is used, and one outside of it.
        session: The dialect's.
        database: The engine's.

    Raises:
        DatabaseError: The pool's connection was not had.
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
        try:
            gone = await ended(database, session, identity)
        except DatabaseError as error:
            return Unbroken(error.message, error.hint)
        if not gone:
            return Unbroken("the server would not end the connection", "look at its log")
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
        return Unbroken("the pool handed out the same connection", "check again")
    return Recovered(how, duration_ms)


async def ended(database: DatabaseUrl, session: Session, identity: SessionId) -> bool:
    """End the idle session of that id from a connection outside the pool."""
    assert session.end is not None  # noqa: S101  (for the type checker; callers looked)
    async with connection_to(database, autocommit=True) as connection:
        return await session.end(connection, identity)
