"""Async engines over a `DatabaseUrl`, and the one place where driver errors are translated."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from asa.database.dialect import dialect_named
from asa.database.url import DatabaseUrl

__all__ = ["connection_to", "engine_for", "is_driver_error", "translated_errors"]

# asyncio's own TimeoutError is another class before Python 3.11.
PLAIN_ERRORS = (SQLAlchemyError, OSError, TimeoutError, asyncio.TimeoutError, EOFError)
# Packages whose exceptions come from a database, known by name: none is imported for it.
DRIVER_PACKAGES = frozenset(
    {"asyncpg", "aiomysql", "pymysql", "aiosqlite", "sqlite3", "psycopg", "asyncmy"}
)
# A driver that is not there, or one without what it needs for a login.
MISSING_PACKAGES = DRIVER_PACKAGES | {"cryptography", "psycopg_binary", "psycopg_c"}


def engine_for(database: DatabaseUrl, **options: object) -> AsyncEngine:
    """Return an engine; `options` go to `create_async_engine` as they are."""
    return create_async_engine(database.url, connect_args=dict(database.connect_args), **options)


@asynccontextmanager
async def connection_to(
    database: DatabaseUrl, *, autocommit: bool = False
) -> AsyncIterator[AsyncConnection]:
    """Open one connection outside any pool and close it after use.

    Raises:
        DatabaseError: The database is unreachable or refused, or a statement failed.
    """
    options = {"isolation_level": "AUTOCOMMIT"} if autocommit else {}
    async with translated_errors(database):
        engine = engine_for(database, poolclass=NullPool, **options)
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()


@asynccontextmanager
async def translated_errors(database: DatabaseUrl) -> AsyncIterator[None]:
    """Turn what a driver raises inside the block into a `DatabaseError` with its cause.

    What no driver raises passes through as it is.
    """
    try:
        yield
    except Exception as error:
        if not is_driver_error(error):
            raise
        dialect = dialect_named(database.dialect)
        await dialect.session.settle()
        raise dialect.cause(error, database.shown) from error


def is_driver_error(error: BaseException) -> bool:
    """Tell whether an exception comes from a database, its driver or the way to it."""
    if isinstance(error, ImportError):
        return (error.name or "").partition(".")[0] in MISSING_PACKAGES
    if isinstance(error, PLAIN_ERRORS):
        return True
    return any(kind.__module__.partition(".")[0] in DRIVER_PACKAGES for kind in type(error).__mro__)
