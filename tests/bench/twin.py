"""The twin of 2.4 million rows beside the database itself: costs, advice, and times that follow.

What the twin says 60 queries cost, without and with the advised indexes, beside what the
filled database says, before and after these indexes are really made there.
"""

import asyncio
import sys
import time
from collections.abc import Coroutine
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection
from tests.bench.films import QUERIES, TABLES, records
from tests.bench.result import Result, UnmeasuredError
from tests.packages import UnavailableError

from asa.database.engine import connection_to
from asa.database.postgresql.explain import explain
from asa.database.url import DatabaseUrl, parse_url
from asa.errors import ScratchError
from asa.model.finding import Proved, Unproved
from asa.model.fix import AddIndex
from asa.model.plan import NotPlanned, Plan
from asa.model.snapshot import Snapshot
from asa.optimize import Optimization, optimize
from asa.optimize.snapshot import take_snapshot
from asa.scratch import Server, start_server
from asa.scratch.twins import postgresql_twin
from asa.workload import digest

__all__ = ["WANTED", "measure", "measured", "say"]

NEAR = 0.1
WANTED = 0.95
PAGE = 1.0
"""Costs that differ by less than one page read are the same."""

Plans = list[Plan | NotPlanned]


@dataclass(frozen=True)
class Compared:
    """What the twin and the database itself say of the 60 queries.

    Attributes:
        pairs: Plans of both, of each query without and then with the advised indexes.
        same: Whether the snapshot alone advises what the database does.
        added: How many indexes were advised.
        times: Milliseconds of each query before and after.
    """

    pairs: list[tuple[Plan | NotPlanned, Plan | NotPlanned]]
    same: bool
    added: int
    times: list[tuple[float, float]]


def measure() -> Result:
    """Compare 120 plans, and the times of the 60 queries; all is printed.

    Raises:
        UnmeasuredError: There is no PostgreSQL 18 here.
    """
    found = asyncio.run(measured(start_server("postgresql", at_least=(18,))))
    show(found)
    near = sum(alike(*pair) for pair in found.pairs)
    share = near / len(found.pairs) if found.same else 0.0
    claim = f"twin: {near} of {len(found.pairs)} costs within 10%"
    return Result(claim, 100 * share, 100 * WANTED, share / WANTED, 1.0, "%")


async def measured(starting: Coroutine[None, None, Server]) -> Compared:
    """Fill a database, plan on its twin and on itself, make what is advised, and go again.

    Raises:
        UnmeasuredError: There is no such PostgreSQL here, or none for the twin.
    """
    try:
        server = await starting
    except (ScratchError, UnavailableError) as error:
        raise UnmeasuredError(str(error)) from None
    try:
        async with server.database() as url:
            return await compared(parse_url(url))
    finally:
        await server.stop()


async def compared(database: DatabaseUrl) -> Compared:
    """Compare a database, which this fills, with its twin."""
    await run(database, *TABLES)
    times = await run_times(database)
    log = digest(records(times), dialect="postgresql")
    snapshot = await take_snapshot(database)
    assert isinstance(snapshot, Snapshot)
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
        own += [await twin.plan(sql, values, added=indexes) for sql, values in QUERIES]
    real = await plans(database)
    await run(database, *(index.ddl for index in indexes))
    real += await plans(database)
    after = await run_times(database)
    pairs = list(zip(own, real, strict=True))
    return Compared(pairs, same, len(indexes), list(zip(times, after, strict=True)))


def show(found: Compared) -> None:
    """Print what the twin and the database say each query costs, and its times."""
    without, with_ = found.pairs[: len(QUERIES)], found.pairs[len(QUERIES) :]
    for (sql, _), one, other, (before, after) in zip(
        QUERIES, without, with_, found.times, strict=True
    ):
        costs = " ".join(f"{cost(plan):10.1f}" for plan in (*one, *other))
        say(f"{' '.join(sql.split())[:36]:<36} {costs} {before:8.1f} to {after:8.1f} ms")
    before, after = map(sum, zip(*found.times, strict=True))
    cost_before, cost_after = (sum(cost(real) for _, real in half) for half in (without, with_))
    say(f"all queries {before:.0f} to {after:.0f} ms, {found.added} indexes")
    say(f"workload cost {cost_before:.0f} to {cost_after:.0f}")


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
