"""The same search ends within 3 s where the database has HypoPG."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection
from tests.bench.index_search import measured
from tests.bench.result import Result, UnmeasuredError
from tests.hypopg import install, library
from tests.packages import UnavailableError

from asa.errors import ScratchError
from asa.scratch import expected_server

__all__ = ["measure"]

LONGEST_S = 3.0


def measure() -> Result:
    """Judge the workload on a filled database that has HypoPG.

    Raises:
        UnmeasuredError: There is no PostgreSQL here, or no HypoPG of its version.
    """
    try:
        server = asyncio.run(expected_server("postgresql"))
        with library(server.version[0]) as found:

            async def prepare(connection: AsyncConnection) -> None:
                await install(connection, *found)

            return asyncio.run(measured("hypopg", LONGEST_S, prepare))
    except (ScratchError, UnavailableError) as error:
        raise UnmeasuredError(str(error)) from None
