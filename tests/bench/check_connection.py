"""A healthy check of a local PostgreSQL with all steps takes under twice the shortest script.

The script makes an engine and runs `SELECT 1`; the check does so too, and then breaks a
connection, counts what is free, and asks what the session is like.
"""

import asyncio
import sys

from tests.bench.result import Result, alternating

from asa.scratch import scratch_database

__all__ = ["measure"]

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
    return asyncio.run(measured())


async def measured() -> Result:
    """Start a server, and time both."""
    async with scratch_database("postgresql") as url:
        ours, shortest = await asyncio.to_thread(
            alternating,
            (sys.executable, "-m", "asa", "check-connection", url),
            (sys.executable, "-c", SHORTEST, url),
            runs=11,
        )
    claim = "asa check-connection, shortest SELECT 1"
    return Result(claim, ours, shortest, shortest / ours, wanted=0.5)
