"""asa's own connections beside Alembic's run, on an event loop of their own.

Alembic's env.py starts a loop itself, so asa's can only be driven before and after it.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from sqlalchemy import column, select, table
from sqlalchemy.exc import SQLAlchemyError

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.session import SessionId
from asa.database.url import DatabaseUrl

__all__ = ["end_session", "marks_of", "run_apart"]

Result = TypeVar("Result")


def run_apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end on a loop made for it.

    Raises:
        RuntimeError: A loop is running in this thread.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def marks_of(database: DatabaseUrl, version_table: tuple[str | None, str]) -> tuple[str, ...]:
    """Read the ids that a database is marked with; none where the version table is not there.

    Raises:
        DatabaseError: The database cannot be reached.
    """
    return run_apart(read_marks(database, version_table))


async def end_session(database: DatabaseUrl, session: SessionId) -> None:
    """End a session of asa's own making, where the database has sessions.

    Raises:
        DatabaseError: The database cannot be reached.
    """
    end = dialect_named(database.dialect).session.end
    if end is not None:
        async with connection_to(database, autocommit=True) as connection:
            await end(connection, session)


async def read_marks(
    database: DatabaseUrl, version_table: tuple[str | None, str]
) -> tuple[str, ...]:
    """Read the marks over a connection of asa's own."""
    schema, name = version_table
    marks = table(name, column("version_num"), schema=schema)
    async with connection_to(database) as connection:
        try:
            rows = await connection.execute(select(marks.c.version_num))
        except SQLAlchemyError:
            return ()
        return tuple(sorted(str(row[0]) for row in rows))
