"""Connect as the application does, and say of each step what was seen and how long it took."""

import asyncio
import ssl
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from asa.connection.answerer import answerer, offers_tls
from asa.connection.capacity import judge
from asa.connection.recovery import Reached, Recovered, break_and_recover
from asa.connection.step import PoolPlan, Step, Verdict, doubtful, noted, shown
from asa.connection.transport import Transport, elapsed_ms, watched
from asa.database.cause import Target, cause_named
from asa.database.dialect import Dialect, dialect_named
from asa.database.engine import engine_for, is_driver_error, translated_errors
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError
from asa.model.event import Notify
from asa.model.server import Server

__all__ = ["check"]

# A server that has not let anyone in by then is asked what it is.
SUSPICION_SECONDS = 1.5


@dataclass(slots=True)
class Check:
    """One check under way.

    Attributes:
        database: What is checked.
        dialect: Its family.
        plan: The pools that the application means to have.
        notify: Hears of each step as it is taken.
        steps: Taken so far.
        transport: The way to the server, once it is begun.
    """

    database: DatabaseUrl
    dialect: Dialect
    plan: PoolPlan
    notify: Notify
    steps: list[Step] = field(default_factory=list)
    transport: Transport | None = None

    def take(self, step: Step) -> None:
        """Keep a step and say so."""
        self.steps.append(step)
        self.notify(step.event)


async def check(
    database: DatabaseUrl, *, plan: PoolPlan, timeout_seconds: float, notify: Notify
) -> Verdict:
    """Check that the application can use a database.

    Creates nothing and changes nothing there. The one thing that is broken is an idle
    connection of this check's own pool.

    Args:
        database: What to connect to.
        plan: The pools that the application means to have.
        timeout_seconds: After which the check is given up.
        notify: Hears of each step as it is taken.

    Raises:
        DatabaseError: It cannot be used; carries the cause.
    """
    under_way = Check(database, dialect_named(database.dialect), plan, notify)
    try:
        return await asyncio.wait_for(checked(under_way), timeout_seconds)
    except asyncio.TimeoutError:
        raise silence(under_way, timeout_seconds) from None


def silence(under_way: Check, seconds: float) -> DatabaseError:
    """Return the error for a check that ran out of time, after how far it came."""
    target = Target.of(under_way.database.shown)
    if under_way.transport is None or under_way.transport.reached is None:
        return cause_named("timeout").error(target)
    last = under_way.steps[-1].name
    return DatabaseError(
        f"{target.address} takes connections, but said nothing more within {seconds:g} s",
        "look at the server's load and locks; --timeout gives it longer",
        cause="timeout",
        transient=True,
        details=(("passed", f"{last} was the last step passed"),),
    )


async def checked(under_way: Check) -> Verdict:
    """Take all steps."""
    for note in under_way.database.notes:
        under_way.take(noted("url", note))
    refusal = under_way.dialect.session.check_before(under_way.database.shown)
    if refusal is not None:
        raise refusal
    async with translated_errors(under_way.database):
        engine = pooled_engine(under_way)
        try:
            connection = await entered(under_way, engine)
            try:
                server = await asked(under_way, connection)
            finally:
                await connection.close()
            await prove_recovery(under_way, engine)
            await count_connections(under_way, engine)
        finally:
            await engine.dispose()
    return Verdict(server, tuple(under_way.steps))


def pooled_engine(under_way: Check) -> AsyncEngine:
    """Return an engine as the application makes it, with `pool_pre_ping`."""
    sizes = {"pool_size": under_way.plan.size, "max_overflow": under_way.plan.overflow}
    try:
        return engine_for(under_way.database, pool_pre_ping=True, **sizes)
    except TypeError:
        # The pools of SQLite in memory, and of files before SQLAlchemy 2.0.38, have no size.
        return engine_for(under_way.database, pool_pre_ping=True)


async def entered(under_way: Check, engine: AsyncEngine) -> AsyncConnection:
    """Connect and be let in; who does not answer in time is asked what it is.

    Raises:
        DatabaseError: Something else answers there.
    """
    task = asyncio.ensure_future(let_in(under_way, engine))
    try:
        await asyncio.wait({task}, timeout=SUSPICION_SECONDS)
        if not task.done():
            await suspect(under_way, None)
        return await task
    except DatabaseError:
        raise
    except Exception as error:
        await suspect(under_way, error)
        await suspect_tls(under_way, error)
        raise
    finally:
        task.cancel()


async def let_in(under_way: Check, engine: AsyncEngine) -> AsyncConnection:
    """Open the pool's first connection, watching every part of the way."""
    session = under_way.dialect.session

    def arrived(dbapi_connection: Any, record: Any) -> None:  # noqa: ARG001  (SQLAlchemy's)
        agreed = session.tls(dbapi_connection.driver_connection)
        refuse_plain(under_way.database, agreed)
        who = under_way.database.url.username or under_way.database.place
        under_way.take(shown(session.entrance, who, elapsed_ms(transport.since)))

    with watched(under_way.take) as transport:
        under_way.transport = transport
        event.listen(engine.sync_engine, "connect", arrived, insert=True, once=True)
        return await engine.connect().start()


def refuse_plain(database: DatabaseUrl, agreed: ssl.SSLObject | None) -> None:
    """Refuse a plain connection where TLS was asked for: aiomysql says nothing of it.

    Raises:
        DatabaseError: The server offers no TLS.
    """
    if agreed is None and isinstance(database.connect_args.get("ssl"), ssl.SSLContext):
        raise cause_named("tls-refused").error(
            Target.of(database.shown), tls_option="its ssl options"
        )


async def suspect(under_way: Check, error: BaseException | None) -> None:
    """Find out whether something else answers.

    Raises:
        DatabaseError: It does.
    """
    address = under_way.transport.reached if under_way.transport is not None else None
    if address is None or (error is not None and not puzzling(under_way, error)):
        return
    other = await answerer(address)
    wanted = under_way.dialect.session.title
    if other is not None and other != wanted:
        raise cause_named("wrong-port").error(
            Target.of(under_way.database.shown), wanted=wanted, said=f": {other} answers"
        ) from error


async def suspect_tls(under_way: Check, error: Exception) -> None:
    """Find out whether a login was refused for want of TLS, which servers do not say plainly.

    Raises:
        DatabaseError: The server offers TLS, and none was used.
    """
    if under_way.transport is None or not is_driver_error(error):
        return
    if any(step.name == "tls" for step in under_way.steps):
        return
    subject = under_way.database.shown
    refusal = under_way.dialect.session.without_tls(
        under_way.dialect.cause(error, subject), subject
    )
    if refusal is not None and await offers_tls(under_way.transport.reached):
        raise refusal from error


def puzzling(under_way: Check, error: BaseException) -> bool:
    """Tell whether an error could be another protocol's: a database explains itself."""
    if not is_driver_error(error):
        return True
    cause = under_way.dialect.cause(error, under_way.database.shown).cause
    return cause in ("tls-refused", "tls-failed", "connection-lost", "statement-failed", "unknown")


async def asked(under_way: Check, connection: AsyncConnection) -> Server:
    """Run a statement, and ask what server it is."""
    since = perf_counter()
    await connection.exec_driver_sql("SELECT 1")
    duration_ms = elapsed_ms(since)
    server = await under_way.dialect.server(connection)
    if server.read_only:
        advice = "connect to the primary, or give write permission, if the application writes"
        under_way.take(doubtful("query", f"{server}, read-only", advice, duration_ms))
    else:
        role = under_way.dialect.session.writable
        under_way.take(shown("query", f"{server}, {role}", duration_ms))
    return server


async def prove_recovery(under_way: Check, engine: AsyncEngine) -> None:
    """Break an idle connection of our own and watch `pool_pre_ping` replace it."""
    if not isinstance(engine.pool, QueuePool):
        under_way.take(noted("pre-ping", "not shown: this database has no queue of connections"))
        return
    try:
        result = await break_and_recover(engine, under_way.dialect.session)
    except DBAPIError as error:
        refusal = under_way.dialect.cause(error, under_way.database.shown)
        advice = "free a connection and check again"
        under_way.take(doubtful("pre-ping", f"not shown: {refusal.message}", advice))
        return
    if isinstance(result, Recovered):
        text = "broke our own connection, checkout recovered"
        under_way.take(shown("pre-ping", text, result.duration_ms))
    elif isinstance(result, Reached):
        text = "broke our own connection, and the checkout failed"
        advice = f"upgrade SQLAlchemy and {under_way.database.driver}: these do not recover"
        under_way.take(doubtful("pre-ping", text, advice))
    else:
        under_way.take(noted("pre-ping", f"not shown: {result.reason}"))


async def count_connections(under_way: Check, engine: AsyncEngine) -> None:
    """Compare the application's pools with the server's limit."""
    if not isinstance(engine.pool, QueuePool):
        return
    async with engine.connect() as connection:
        limits = await under_way.dialect.session.limits(connection)
    under_way.take(judge(under_way.plan, limits, engine.pool.checkedin()))
