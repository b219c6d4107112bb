"""The search for indexes, 60 query classes over 12 tables, ends within 10 s on the twin."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection
from tests.bench.result import Result, UnmeasuredError

from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.errors import ScratchError
from asa.model.event import Event
from asa.model.finding import Proved
from asa.model.record import QueryRecord
from asa.optimize import optimize
from asa.scratch import start_server
from asa.workload import digest

__all__ = ["measure", "measured", "tables", "workload"]

TABLES = 12
LONGEST_S = 10.0
FORMS = (
    "SELECT * FROM t{n} WHERE a = $1",
    "SELECT * FROM t{n} WHERE a = $1 AND b = $2 ORDER BY c LIMIT 10",
    "SELECT id FROM t{n} WHERE b = $1 AND c > $2",
    "SELECT * FROM t{n} JOIN t{m} ON t{m}.a = t{n}.id WHERE t{n}.b = $1",
    "SELECT * FROM t{n} WHERE d = $1 AND gone IS NULL ORDER BY c DESC LIMIT 10",
)
FILLED = """
INSERT INTO t{n} (a, b, c, d, gone)
SELECT i * 7919 % 5000, i % 300, i * 31 % 99991, i % 1000, CASE WHEN i % 50 = 0 THEN i END
FROM generate_series(1, {rows}) i
"""
VALUES = ((7,), (7, 8), (7, 90_000), (7,), (7,))


def tables(rows: int = 50_000) -> list[str]:
    """Return the statements that make and fill the tables."""
    made = []
    for n in range(TABLES):
        made += [
            f"CREATE TABLE t{n} (id serial PRIMARY KEY, a int, b int, c int, d int, gone int)",
            FILLED.format(n=n, rows=rows),
        ]
    return [*made, "ANALYZE"]


def workload() -> list[QueryRecord]:
    """Return one record of each of the 60 classes."""
    return [
        QueryRecord(form.format(n=n, m=(n + 1) % TABLES), "postgresql", values, duration_ms=5.0)
        for n in range(TABLES)
        for form, values in zip(FORMS, VALUES, strict=True)
    ]


def measure() -> Result:
    """Judge the workload on a filled database; the whole of `optimize` is timed.

    Raises:
        UnmeasuredError: There is no PostgreSQL here.
    """
    return asyncio.run(measured("twin", LONGEST_S, nothing_more))


async def nothing_more(connection: AsyncConnection) -> None:
    """Leave the database as it is: the twin plans."""


async def measured(
    planner: str, longest_s: float, prepare: Callable[[AsyncConnection], Awaitable[None]]
) -> Result:
    """Fill a database, judge the workload, and take the time.

    Args:
        planner: What the candidates are planned on, for the line of the result.
        longest_s: Seconds that it may take.
        prepare: Makes the database ready for that.
    """
    try:
        server = await start_server("postgresql")
    except ScratchError as error:
        raise UnmeasuredError(error.message) from None
    tried = 0

    def notify(event: Event) -> None:
        nonlocal tried
        if event.subject == "search":
            tried = max(tried, event.total or 0)

    try:
        async with server.database() as url:
            database = parse_url(url)
            async with connection_to(database, autocommit=True) as connection:
                for statement in tables():
                    await connection.exec_driver_sql(statement)
                await prepare(connection)
            log = digest(workload(), dialect="postgresql")
            started = time.perf_counter()
            result = await optimize(log, database, notify=notify)
            taken = time.perf_counter() - started
    finally:
        await server.stop()
    proofs = {
        f.proof.how.split()[0] for f in result.judgement.findings if isinstance(f.proof, Proved)
    }
    if proofs != {planner}:
        raise UnmeasuredError(f"proved by {', '.join(sorted(proofs)) or 'nothing'}, not {planner}")
    claim = f"60 classes, {tried} candidates, {result.explained} EXPLAINs, {planner}"
    return Result(claim, taken, longest_s, longest_s / taken, 1.0, "s")
