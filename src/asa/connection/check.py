"""Connect as the application does, and say of each step what was seen and how long it took."""

import asyncio
from time import perf_counter

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from asa.connection.capacity import filled, judge
from asa.connection.course import Course
from asa.connection.entrance import entered
from asa.connection.inquiry import asked_for_facts, asked_for_server
from asa.connection.recovery import Reached, Recovered, Unbroken, break_and_recover
from asa.connection.schema_state import schema_step
from asa.connection.step import Verdict, Wanted, doubtful, noted, shown
from asa.connection.transport import elapsed_ms
from asa.database.cause import Target
from asa.database.causes import cause_named
from asa.database.dialect import dialect_named
from asa.database.engine import engine_for, translated_errors
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError
from asa.model.event import Notify

__all__ = ["check"]

# An idle limit below it meets a pool in an ordinary quiet hour.
HOUR_SECONDS = 3600


async def check(database: DatabaseUrl, wanted: Wanted, notify: Notify) -> Verdict:
    """Check that the application can use a database.

    Creates nothing and changes nothing there. The one thing that is broken is an idle
    connection of this check's own pool.

    Args:
        database: What to connect to.
        wanted: How the check is made.
        notify: Hears of each step as it is taken.

    Raises:
        DatabaseError: It cannot be used; carries the cause.
    """
    course = Course(database, dialect_named(database.dialect), wanted, notify)
    try:
        return await asyncio.wait_for(checked(course), wanted.timeout_seconds)
    except asyncio.TimeoutError:
        raise silence(course) from None


def silence(course: Course) -> DatabaseError:
    """Return the error for a check that ran out of time, after how far it came."""
    target = Target.of(course.database.shown)
    if course.transport is None or course.transport.reached is None:
        return cause_named("timeout").error(target)
    return DatabaseError(
        f"{target.address} takes connections, but said nothing more within "
        f"{course.wanted.timeout_seconds:g} s",
        "look at the server's load and locks; --timeout gives it longer",
        cause="timeout",
        transient=True,
        details=(("passed", f"{course.steps[-1].name} was the last step passed"),),
    )


async def checked(course: Course) -> Verdict:
    """Take all steps."""
    for note in course.database.notes:
        course.take(noted("url", note))
    refusal = course.dialect.session.check_before(course.database.shown)
    if refusal is not None:
        raise refusal
    async with translated_errors(course.database):
        engine = pooled_engine(course)
        try:
            since = perf_counter()
            connection = await entered(course, engine)
            course.fresh_ms = elapsed_ms(since)
            try:
                server = await asked_for_server(course, connection)
                facts = await asked_for_facts(course, connection)
            finally:
                await connection.close()
            await prove_recovery(course, engine)
            await judge_pool(course, engine)
            await compare_schema(course, engine)
        finally:
            await engine.dispose()
    return Verdict(course.database.shown, server, tuple(course.steps), facts)


def pooled_engine(course: Course, *, pre_ping: bool = True) -> AsyncEngine:
    """Return an engine as the application makes it."""
    plan = course.wanted.plan
    try:
        return engine_for(
            course.database,
            pool_pre_ping=pre_ping,
            pool_size=plan.size,
            max_overflow=plan.overflow,
        )
    except TypeError:
        # The pools of SQLite in memory, and of files before SQLAlchemy 2.0.38, have no size.
        return engine_for(course.database, pool_pre_ping=pre_ping)


async def prove_recovery(course: Course, engine: AsyncEngine) -> None:
    """Break an idle connection of our own and watch `pool_pre_ping` replace it."""
    if not isinstance(engine.pool, QueuePool):
        course.take(noted("pre-ping", "not shown: this database has no queue of connections"))
        return
    result = await break_and_recover(engine, course.dialect.session, course.database)
    if isinstance(result, Recovered):
        text = "broke our own connection, checkout recovered"
        course.take(shown("pre-ping", text, result.duration_ms))
        if course.wanted.deep:
            await show_without(course)
    elif isinstance(result, Reached):
        text = "broke our own connection, and the checkout failed"
        advice = f"upgrade SQLAlchemy and {course.database.driver}: these do not recover"
        course.take(doubtful("pre-ping", text, advice))
    else:
        course.take(doubtful("pre-ping", f"not shown: {result.reason}", result.advice))


async def show_without(course: Course) -> None:
    """Break a connection of a pool without `pool_pre_ping`, and say what the application gets."""
    engine = pooled_engine(course, pre_ping=False)
    try:
        result = await break_and_recover(engine, course.dialect.session, course.database)
    finally:
        await engine.dispose()
    if isinstance(result, Reached):
        cause = course.dialect.cause(result.error, course.database.shown).cause
        course.take(noted("without", f"no pre-ping: the same break is an error ({cause})"))
    elif isinstance(result, Unbroken):
        course.take(noted("without", f"not shown: {result.reason}"))
    else:
        course.take(noted("without", "no pre-ping: this driver noticed by itself"))


async def judge_pool(course: Course, engine: AsyncEngine) -> None:
    """Compare the application's pools with the server's limit; open them all where asked."""
    if not isinstance(engine.pool, QueuePool):
        return
    since = perf_counter()
    async with engine.connect() as connection:
        checkout_ms = elapsed_ms(since)
        limits = await course.dialect.session.limits(connection)
    text = f"pooled, pre-pinged; fresh took {course.fresh_ms:.0f} ms"
    course.take(shown("checkout", text, checkout_ms))
    course.take(judge(course.wanted.plan, limits, engine.pool.checkedin()))
    if limits is not None and limits.idle_seconds and limits.idle_seconds < HOUR_SECONDS:
        text = f"the server ends idle connections after {limits.idle_seconds} s"
        advice = f"set pool_recycle={limits.idle_seconds // 2}"
        course.take(doubtful("recycle", text, advice))
    if course.wanted.deep:
        await engine.dispose()
        course.take(await filled(course))


async def compare_schema(course: Course, engine: AsyncEngine) -> None:
    """Say whether the database stands at the project's head."""
    if course.wanted.history is None:
        return
    async with engine.connect() as connection:
        course.take(await schema_step(connection, course.wanted.history))
