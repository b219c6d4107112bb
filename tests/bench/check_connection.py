"""A healthy check of a local PostgreSQL takes at most 1.5 times the shortest script's time.

The script makes an engine and runs `SELECT 1`; the check does so too, and then breaks a
connection, counts what is free, and asks what the session is like.
"""

import asyncio
import sys

from tests.bench.result import Result, alternating

from asa.scratch import scratch_database

__all__ = ["beside_the_shortest", "measure"]

SHORTEST = """
import asyncio, sys
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

async def main():
    engine = create_async_engine(sys.argv[1])
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    await engine.dispose()

asyncio.run(main())
"""


def measure() -> Result:
    """Time both as whole processes against the same server."""
    return asyncio.run(beside_the_shortest("asa check-connection, shortest SELECT 1", 1.5))


async def beside_the_shortest(claim: str, most: float, *options: str) -> Result:
    """Start a server, and time a check with some options beside the shortest script."""
    async with scratch_database("postgresql") as url:
        ours, shortest = await asyncio.to_thread(
            alternating,
            (sys.executable, "-m", "asa", "check-connection", url, *options),
            (sys.executable, "-c", SHORTEST, url),
            runs=11,
        )
    return Result(claim, ours, shortest, shortest / ours, wanted=round(1 / most, 3))
