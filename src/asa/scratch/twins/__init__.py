"""Twins: databases without the data that plan as the real one does, and one more index besides."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.postgresql.statistics import read_snapshot
from asa.model.finding import Unproved
from asa.model.fix import AddIndex
from asa.scratch.twins.postgresql import PostgresqlTwin, postgresql_twin
from asa.scratch.twins.sqlite import sqlite_twin
from asa.scratch.twins.twin import Twin

__all__ = ["Twin", "twin_of"]


@asynccontextmanager
async def twin_of(
    dialect: str, source: AsyncConnection, candidates: Sequence[AddIndex] = ()
) -> AsyncIterator[Twin | Unproved]:
    """Make a twin of the database behind a connection, or say why there is none.

    The source is only read: its catalog and statistics on PostgreSQL, samples of the
    candidates' columns on SQLite.
    """
    making = {"sqlite": sqlite_twin, "postgresql": twin_of_postgresql}[dialect]
    async with making(source, candidates) as twin:
        yield twin


@asynccontextmanager
async def twin_of_postgresql(
    source: AsyncConnection, candidates: Sequence[AddIndex]
) -> AsyncIterator[PostgresqlTwin | Unproved]:
    """Read the catalog behind a connection and make its twin."""
    async with postgresql_twin(await read_snapshot(source), candidates) as twin:
        yield twin
