"""Whether all pools of the application fit into what the server gives."""

import asyncio
from time import perf_counter

from sqlalchemy.pool import NullPool

from asa.connection.course import Course
from asa.connection.step import PoolPlan, Step, doubtful, shown
from asa.connection.transport import elapsed_ms
from asa.database.engine import engine_for, translated_errors
from asa.database.session import Limits
from asa.errors import DatabaseError

__all__ = ["filled", "judge"]


def judge(plan: PoolPlan, limits: Limits | None, own: int) -> Step:
    """Compare the application's pools with the server's limit.

    Args:
        plan: The pools.
        limits: What the server gives; None where it has no limit.
        own: Connections of this check among those in use.
    """
    if plan.each == 1:
        text = "one connection: concurrent tasks wait for each other"
        return doubtful("pool", text, "raise --pool-size, and the engine's pool_size")
    asked = f"{plan.size} + {plan.overflow} = {plan.each}"
    if plan.workers > 1:
        asked = f"{plan.workers} workers x {plan.each} = {plan.total}"
    if limits is None:
        return shown("pool", f"{asked}, no limit here")
    free = limits.free + own
    text = f"{asked}, server has {free} free"
    if plan.total <= free:
        return shown("pool", text)
    return doubtful("pool", text, advice(plan, free))


def advice(plan: PoolPlan, free: int) -> str:
    """Return the pool that fits: less overflow first, then a smaller pool."""
    each = free // plan.workers
    if each < 1:
        return f"the server has room for {free} of {plan.workers} workers: raise its limit"
    size = min(plan.size, each)
    overflow = each - size
    change = [f"max_overflow={overflow}"]
    if size != plan.size:
        change.insert(0, f"pool_size={size}")
    return f"set {', '.join(change)}   ({plan.workers} x {each} = {plan.workers * each})"


async def filled(course: Course) -> Step:
    """Open as many connections at once as all workers may, and close them again."""
    plan = course.wanted.plan
    since = perf_counter()
    opened, refused = await all_at_once(course, plan.total)
    duration_ms = elapsed_ms(since)
    if refused is None:
        return shown("fill", f"opened {opened} connections at once", duration_ms)
    text = f"{opened} of {plan.total} connections opened: {refused.cause}"
    return doubtful("fill", text, refused.hint, duration_ms)


async def all_at_once(course: Course, count: int) -> tuple[int, DatabaseError | None]:
    """Open connections, hold each until all are had or refused, and count them."""
    # One engine learns once what server it is; without a pool each connection is a new one.
    engine = engine_for(course.database, poolclass=NullPool)
    settled = asyncio.Event()
    waiting = count
    refusals: list[DatabaseError] = []

    def settle() -> None:
        nonlocal waiting
        waiting -= 1
        if waiting == 0:
            settled.set()

    async def hold() -> None:
        try:
            async with translated_errors(course.database), engine.connect() as connection:
                await connection.exec_driver_sql("SELECT 1")
                settle()
                await settled.wait()
        except DatabaseError as error:
            refusals.append(error)
            settle()

    await asyncio.gather(*(hold() for _ in range(count)))
    return count - len(refusals), refusals[0] if refusals else None
