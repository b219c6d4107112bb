"""The twin of 2.4 million rows beside the database itself: costs, advice, and times that follow.

What the twin says 60 queries cost, without and with the advised indexes, beside what the
filled database says, before and after these indexes are really made there.
"""

import asyncio
import sys
import time

from sqlalchemy.ext.asyncio import AsyncConnection
from tests.bench.films import QUERIES, TABLES, records
from tests.bench.result import Result, UnmeasuredError

from asa.database.engine import connection_to
from asa.database.postgresql.explain import explain
from asa.database.url import DatabaseUrl, parse_url
from asa.errors import ScratchError
from asa.model.finding import Proved, Unproved
from asa.model.fix import AddIndex
from asa.model.plan import NotPlanned, Plan
from asa.optimize import Optimization, optimize
from asa.optimize.snapshot import take_snapshot
from asa.scratch import start_server
from asa.scratch.twins import postgresql_twin
from asa.workload import digest

__all__ = ["measure"]

NEAR = 0.1
WANTED = 0.95
PAGE = 1.0
"""Costs that differ by less than one page read are the same."""

Plans = list[Plan | NotPlanned]


def measure() -> Result:
    """Compare 120 plans, and the times of the 60 queries; all is printed.

    Raises:
        UnmeasuredError: There is no PostgreSQL 18 here.
    """
    return asyncio.run(measured())


async def measured() -> Result:
    """Fill a database, plan on its twin and on itself, make what is advised, and go again."""
    try:
        server = await start_server("postgresql", at_least=(18,))
    except ScratchError as error:
        raise UnmeasuredError(error.message) from None
    try:
        async with server.database() as url:
            return await compared(parse_url(url))
    finally:
        await server.stop()


async def compared(database: DatabaseUrl) -> Result:
    """Return the share of plans whose cost on the twin is near to the real one."""
    await run(database, *TABLES)
    times = await run_times(database)
    log = digest(records(times), dialect="postgresql")
    snapshot = await take_snapshot(database)
    started = time.perf_counter()
    live = advised(await optimize(log, database))
    say(f"advice in {time.perf_counter() - started:.1f} s: {', '.join(sorted(live))}")
    saved = advised(await optimize(log, snapshot=snapshot))
    same = set(live) == set(saved)
    say(f"the snapshot alone advises {'the same' if same else sorted(saved)}")
    indexes = tuple(live.values())
    async with postgresql_twin(snapshot, indexes) as twin:
        if isinstance(twin, Unproved):
            raise UnmeasuredError(twin.reason)
        own = [await twin.plan(sql, values) for sql, values in QUERIES]
        own_with = [await twin.plan(sql, values, added=indexes) for sql, values in QUERIES]
    real = await plans(database)
    await run(database, *(index.ddl for index in indexes))
    real_with = await plans(database)
    after = await run_times(database)
    pairs = [*zip(own, real, strict=True), *zip(own_with, real_with, strict=True)]
    near = sum(alike(*pair) for pair in pairs)
    for (sql, _), *four, one, other in zip(
        QUERIES, own, real, own_with, real_with, times, after, strict=True
    ):
        costs = " ".join(f"{cost(plan):10.1f}" for plan in four)
        say(f"{' '.join(sql.split())[:36]:<36} {costs} {one:8.1f} to {other:8.1f} ms")
    say(f"all queries {sum(times):.0f} to {sum(after):.0f} ms, {len(indexes)} indexes")
    share = near / len(pairs) if same else 0.0
    claim = f"twin: {near} of {len(pairs)} costs within 10%"
    return Result(claim, 100 * share, 100 * WANTED, share / WANTED, 1.0, "%")


def alike(own: Plan | NotPlanned, real: Plan | NotPlanned) -> bool:
    """Tell whether a plan of the twin costs what the real one does."""
    mine, theirs = cost(own), cost(real)
    return abs(mine - theirs) <= max(NEAR * theirs, PAGE)


def cost(plan: Plan | NotPlanned) -> float:
    """Return the cost of a plan; NaN where there is none, which is near to nothing."""
    return plan.cost if isinstance(plan, Plan) and plan.cost is not None else float("nan")


def advised(result: Optimization) -> dict[str, AddIndex]:
    """Return the proved indexes, by what they are on."""
    return {
        f.fix.subject: f.fix
        for f in result.judgement.findings
        if isinstance(f.fix, AddIndex) and isinstance(f.proof, Proved)
    }


async def plans(database: DatabaseUrl) -> Plans:
    """Plan the queries on the database itself."""
    async with connection_to(database) as connection:
        return [await explain(connection, sql, values) for sql, values in QUERIES]


async def run_times(database: DatabaseUrl) -> list[float]:
    """Return how long each query takes in milliseconds, the better of two runs."""
    async with connection_to(database, autocommit=True) as connection:
        return [await best(connection, sql, values) for sql, values in QUERIES]


async def best(connection: AsyncConnection, sql: str, values: tuple[object, ...]) -> float:
    """Return the milliseconds of the better of two runs."""
    runs = []
    for _ in range(2):
        started = time.perf_counter()
        await connection.exec_driver_sql(sql, values)
        runs.append((time.perf_counter() - started) * 1000)
    return min(runs)


async def run(database: DatabaseUrl, *statements: str) -> None:
    """Run statements, each by itself."""
    async with connection_to(database, autocommit=True) as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


def say(text: str) -> None:
    """Print a line of the table."""
    sys.stdout.write(f"  {text}\n")
