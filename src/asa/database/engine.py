"""Async engines over a `DatabaseUrl`, and the one place where driver errors are translated."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from asa.database.dialect import dialect_named
from asa.database.url import DatabaseUrl

__all__ = ["connection_to", "engine_for", "translated_errors"]

DRIVER_ERRORS = (SQLAlchemyError, OSError, TimeoutError, ImportError)


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
    engine = engine_for(database, poolclass=NullPool, **options)
    try:
        async with translated_errors(database), engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def translated_errors(database: DatabaseUrl) -> AsyncIterator[None]:
    """Turn what a driver raises inside the block into a `DatabaseError` with its cause."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise dialect_named(database.dialect).cause(error, database.shown) from error
