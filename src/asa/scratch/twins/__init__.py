"""Twins: databases without the data that plan as the real one does, and one more index besides."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.postgresql.statistics import read_snapshot
from asa.model.finding import Unproved
from asa.model.fix import AddIndex
from asa.scratch.twins.mysql import mysql_twin
from asa.scratch.twins.postgresql import PostgresqlTwin, postgresql_twin
from asa.scratch.twins.sqlite import sqlite_twin
from asa.scratch.twins.twin import Twin

__all__ = ["PostgresqlTwin", "Twin", "postgresql_twin", "twin_of"]


@asynccontextmanager
async def twin_of(
    dialect: str,
    source: AsyncConnection,
    candidates: Sequence[AddIndex] = (),
    tables: Collection[str] = (),
) -> AsyncIterator[Twin | Unproved]:
    """Make a twin of the database behind a connection, or say why there is none.

    The source is only read: its catalog and statistics on PostgreSQL, samples of the
    candidates' columns on SQLite, samples of tables on MySQL.

    Args:
        dialect: Of the source.
        source: A connection of the twin's own use.
        candidates: Indexes that will be tried; others can be tried later.
        tables: Those that the queries to plan read, for a twin that copies rows.
    """
    async with MAKING[dialect](source, candidates, tables) as twin:
        yield twin


@asynccontextmanager
async def twin_of_postgresql(
    source: AsyncConnection,
    candidates: Sequence[AddIndex],
    tables: Collection[str],  # noqa: ARG001  (no row is copied)
) -> AsyncIterator[PostgresqlTwin | Unproved]:
    """Read the catalog behind a connection and make its twin."""
    async with postgresql_twin(await read_snapshot(source), candidates) as twin:
        yield twin


Making = Callable[
    [AsyncConnection, Sequence[AddIndex], Collection[str]],
    AbstractAsyncContextManager[Twin | Unproved],
]
MAKING: Mapping[str, Making] = {
    "sqlite": sqlite_twin,
    "postgresql": twin_of_postgresql,
    "mysql": mysql_twin,
}
