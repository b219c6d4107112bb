"""What `asa init --lock` adds to env.py: everything below the constant, and a call."""

import asyncio

from alembic import context
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

config = context.config


def moves_schema() -> bool:
    """Stand for env.py's own function."""
    return True


# Tried, never waited for in the server: a waiting statement would hold up CREATE INDEX
# CONCURRENTLY. `asa upgrade` takes the same lock; on SQLite BEGIN IMMEDIATE does.
TRY_LOCK = {
    "postgresql": "SELECT pg_try_advisory_lock(6386529, 7696487)",
    "mysql": "SELECT GET_LOCK(CONCAT('asa upgrade ', LEFT(SHA2(DATABASE(), 256), 16)), 0)",
}
TRY_LOCK["mariadb"] = TRY_LOCK["mysql"]
LOCK_WAIT_S = 600


async def lock_upgrades(connection: AsyncConnection) -> None:
    """Take the upgrade lock on a connection of its own; closing that gives it back."""
    sql = TRY_LOCK.get(connection.dialect.name)
    if sql is None or not moves_schema() or not config.attributes.get("lock", True):
        return
    await connection.execution_options(isolation_level="AUTOCOMMIT")
    for _ in range(2 * LOCK_WAIT_S):
        if await connection.scalar(text(sql)):
            return
        await asyncio.sleep(0.5)
    raise CommandError(f"another upgrade has held the lock for {LOCK_WAIT_S} s")
