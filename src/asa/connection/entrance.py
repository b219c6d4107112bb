"""The first connection: the way to the server, TLS, the login, and who really answers."""

import asyncio
import ssl
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from asa.connection.answerer import answerer, offers_tls
from asa.connection.course import Course
from asa.connection.step import shown
from asa.connection.transport import elapsed_ms, watched
from asa.database.cause import Target
from asa.database.causes import cause_named
from asa.database.engine import is_driver_error
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError

__all__ = ["entered"]

# A server that has not let anyone in by then is asked what it is.
SUSPICION_SECONDS = 1.5
# Causes behind which another protocol may hide: a database explains itself.
PUZZLING = ("tls-refused", "tls-failed", "connection-lost", "statement-failed", "unknown")


async def entered(course: Course, engine: AsyncEngine) -> AsyncConnection:
    """Connect and be let in; who does not answer in time is asked what it is.

    Raises:
        DatabaseError: Something else answers there.
    """
    task = asyncio.ensure_future(let_in(course, engine))
    try:
        await asyncio.wait(
            {task}, timeout=min(SUSPICION_SECONDS, course.wanted.timeout_seconds / 2)
        )
        if not task.done():
            await suspect(course, None)
        return await task
    except DatabaseError:
        raise
    except Exception as error:
        await suspect(course, error)
        await suspect_tls(course, error)
        raise
    except asyncio.CancelledError:
        # The time is over just as the connection stands: it must not be left to the collector.
        if task.done() and not task.cancelled() and task.exception() is None:
            await task.result().close()
        raise
    finally:
        task.cancel()


async def let_in(course: Course, engine: AsyncEngine) -> AsyncConnection:
    """Open the pool's first connection, watching every part of the way."""
    session = course.dialect.session

    def arrived(dbapi_connection: Any, record: Any) -> None:  # noqa: ARG001  (SQLAlchemy's)
        agreed = session.tls(dbapi_connection.driver_connection)
        if agreed is None and asks_for_tls(course.database):
            # Until this listener returns, no pool knows the connection.
            dbapi_connection.close()
            raise cause_named("tls-refused").error(
                Target.of(course.database.shown), tls_option="its ssl options"
            )
        who = course.database.url.username or course.database.place
        course.take(shown(session.entrance, who, elapsed_ms(transport.since)))

    with watched(course.take) as transport:
        course.transport = transport
        event.listen(engine.sync_engine, "connect", arrived, insert=True, once=True)
        return await engine.connect().start()


def asks_for_tls(database: DatabaseUrl) -> bool:
    """Tell whether TLS was asked for; where a server has none, aiomysql goes on without a word."""
    return isinstance(database.connect_args.get("ssl"), ssl.SSLContext)


async def suspect(course: Course, error: BaseException | None) -> None:
    """Find out whether something else answers.

    Raises:
        DatabaseError: It does.
    """
    address = course.transport.reached if course.transport is not None else None
    if address is None or (error is not None and not puzzling(course, error)):
        return
    other = await answerer(address)
    wanted = course.dialect.session.title
    if other is not None and other != wanted:
        raise cause_named("wrong-port").error(
            Target.of(course.database.shown), wanted=wanted, said=f": {other} answers"
        ) from error


async def suspect_tls(course: Course, error: Exception) -> None:
    """Find out whether a login was refused for want of TLS, which servers do not say plainly.

    Raises:
        DatabaseError: The server offers TLS, and none was used.
    """
    if course.transport is None or not is_driver_error(error):
        return
    if any(step.name == "tls" for step in course.steps):
        return
    subject = course.database.shown
    refusal = course.dialect.session.without_tls(course.dialect.cause(error, subject), subject)
    if refusal is not None and await offers_tls(course.transport.reached):
        raise refusal from error


def puzzling(course: Course, error: BaseException) -> bool:
    """Tell whether an error could be another protocol's: a database explains itself."""
    if not is_driver_error(error):
        return True
    cause = course.dialect.cause(error, course.database.shown).cause
    return cause in PUZZLING
