"""What the server answers once it let us in: itself, how fast, the session, the rights."""

import time
from time import perf_counter

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.connection.course import Course
from asa.connection.step import Step, doubtful, noted, shown
from asa.connection.transport import elapsed_ms
from asa.database.session import Facts
from asa.model.event import Stage
from asa.model.server import Server

__all__ = ["asked_for_facts", "asked_for_server", "spread"]

# A clock farther off orders the times of two machines wrongly.
CLOCK_SECONDS = 1.0


async def asked_for_server(course: Course, connection: AsyncConnection) -> Server:
    """Run a statement, and ask what server it is."""
    times = [await timed_query(connection) for _ in range(course.wanted.pings)]
    server = await course.dialect.server(connection)
    if server.read_only:
        role = "replica, read-only" if server.replica else "read-only"
        advice = "connect to the primary, or give write permission, if the application writes"
        course.take(doubtful("query", f"{server}, {role}", advice, times[0]))
    else:
        role = course.dialect.session.writable
        course.take(shown("query", f"{server}, {role}", times[0]))
    if len(times) > 1:
        course.take(shown("latency", spread(times)))
    return server


async def timed_query(connection: AsyncConnection) -> float:
    """Return the milliseconds of the smallest statement."""
    since = perf_counter()
    await connection.exec_driver_sql("SELECT 1")
    return elapsed_ms(since)


def spread(times: list[float]) -> str:
    """Return median, 95th percentile (nearest rank) and maximum of times in milliseconds."""
    ordered = sorted(times)

    def rank(share: float) -> float:
        return ordered[max(-(-int(len(ordered) * share * 100) // 100) - 1, 0)]

    return (
        f"p50 {rank(0.5):.1f}, p95 {rank(0.95):.1f}, max {ordered[-1]:.1f} ms "
        f"in {len(ordered)} pings"
    )


async def asked_for_facts(course: Course, connection: AsyncConnection) -> Facts:
    """Ask what the session is like, and what its role may do."""
    since, before = perf_counter(), time.time()
    facts = await course.dialect.session.facts(connection)
    duration_ms = elapsed_ms(since)
    # Between sending and hearing: half the way is the best guess of when it was read.
    here = before + duration_ms / 2000
    course.take(session_step(facts, here, duration_ms))
    course.take(rights_step(facts))
    if await course.dialect.session.behind_pooler(connection):
        course.take(pooler_step(course))
    if facts.helpers:
        course.take(noted("helpers", ", ".join(facts.helpers)))
    for remark in facts.remarks:
        if remark.concurrent and course.wanted.plan.workers == 1:
            course.take(noted(remark.name, remark.text))
        else:
            course.take(doubtful(remark.name, remark.text, remark.advice))
    return facts


def session_step(facts: Facts, here: float, duration_ms: float) -> Step:
    """Return encoding, isolation, time zone and clock in one line."""
    parts = [facts.encoding, facts.isolation]
    if facts.time_zone:
        parts.append(facts.time_zone)
    if facts.clock is None:
        return shown("session", ", ".join(parts), duration_ms)
    off = facts.clock - here
    if abs(off) <= CLOCK_SECONDS:
        return shown("session", ", ".join(parts), duration_ms)
    parts.append(f"clock {off:+.0f} s")
    return doubtful("session", ", ".join(parts), "set both clocks by NTP", duration_ms)


def pooler_step(course: Course) -> Step:
    """Return what a pooler between the application and the server means."""
    if course.database.driver != "asyncpg":
        advice = "keep no state in a session: SET, locks and temporary tables may be a stranger's"
        return doubtful("pooler", "a pooler stands between", advice)
    query, arguments = course.database.url.query, course.database.connect_args
    caches = (query.get("prepared_statement_cache_size"), arguments.get("statement_cache_size"))
    if str(caches[0]) == "0" and caches[1] == 0:
        return noted("pooler", "a pooler stands between; nothing is cached")
    advice = "add prepared_statement_cache_size=0&statement_cache_size=0 to the URL"
    return doubtful("pooler", "a pooler stands between, statements are cached", advice)


def rights_step(facts: Facts) -> Step:
    """Return what the role may do, or what it lacks."""
    if facts.lacks_use:
        lacks = ", ".join(facts.lacks_use)
        return doubtful("rights", f"the application lacks {lacks}", f"GRANT it: {lacks}")
    if facts.lacks_migration:
        lacks = ", ".join(facts.lacks_migration)
        return Step(
            "rights",
            Stage.NOTE,
            f"use, not migrate: no {lacks}",
            advice=f"migrate as a role that has {lacks}",
        )
    return shown("rights", "use and migrate")
