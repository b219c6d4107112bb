"""A pooler that gives a session another server process for each transaction.

What such a session sets or locks, strangers get. PgBouncer does so in transaction mode; in
session mode it does not, although there too the process is not the one told at login.
"""

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl

__all__ = ["leaks"]

PID = "SELECT pg_backend_pid()"
ROUNDS = 4
WITHOUT_NAMES: dict[str, Any] = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    # A name may be taken in the next server process.
    "prepared_statement_name_func": lambda: "",
}


async def leaks(database: DatabaseUrl) -> bool:
    """Tell whether sessions of this address do not keep their server process.

    Raises:
        DatabaseError: The database cannot be reached.
    """
    if database.driver == "asyncpg":
        database = replace(database, connect_args={**database.connect_args, **WITHOUT_NAMES})
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(connection_to(database, autocommit=True))
        if await greeted(first) in (None, await pid(first)):
            return False
        second = await stack.enter_async_context(connection_to(database, autocommit=True))
        seen = [(await pid(first), await pid(second)) for _ in range(ROUNDS)]
    return len(set(seen)) > 1 or seen[0][0] == seen[0][1]


async def greeted(connection: AsyncConnection) -> int | None:
    """Return the process that the driver was told of at login; None where it does not say."""
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    if hasattr(driver, "get_server_pid"):
        return int(driver.get_server_pid())
    told = getattr(getattr(driver, "info", None), "backend_pid", None)
    return None if told is None else int(told)


async def pid(connection: AsyncConnection) -> int:
    """Return the process that answers now."""
    return int((await connection.exec_driver_sql(PID)).scalar_one())
