"""Twins: databases without the data that plan as the real one does, and one more index besides."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.postgresql.statistics import read_snapshot
from asa.model.finding import Unproved
from asa.model.fix import AddIndex
from asa.scratch.twins.hypopg import HypopgTwin, hypopg_twin
from asa.scratch.twins.mysql import mysql_twin
from asa.scratch.twins.postgresql import PostgresqlTwin, postgresql_twin
from asa.scratch.twins.restored import Restored, restored
from asa.scratch.twins.sqlite import sqlite_twin
from asa.scratch.twins.twin import Twin

__all__ = [
    "HypopgTwin",
    "PostgresqlTwin",
    "Restored",
    "Twin",
    "postgresql_twin",
    "restored",
    "twin_of",
]


@asynccontextmanager
async def twin_of(
    dialect: str,
    source: AsyncConnection,
    candidates: Sequence[AddIndex] = (),
    tables: Collection[str] = (),
    rows: Mapping[str, int] = MappingProxyType({}),
) -> AsyncIterator[Twin | Unproved]:
    """Make a twin of the database behind a connection, or say why there is none.

    The source is only read: its catalog and statistics on PostgreSQL, samples of the
    candidates' columns on SQLite, samples of tables on MySQL.

    Args:
        dialect: Of the source.
        source: A connection of the twin's own use.
        candidates: Indexes that will be tried; others can be tried later.
        tables: Those that the queries to plan read, for a twin that copies rows.
        rows: By table: what to plan with instead of the rows that it has.
    """
    async with MAKING[dialect](source, candidates, tables, rows) as twin:
        yield twin


@asynccontextmanager
async def twin_of_postgresql(
    source: AsyncConnection,
    candidates: Sequence[AddIndex],
    tables: Collection[str],  # noqa: ARG001  (no row is copied)
    rows: Mapping[str, int],  # noqa: ARG001  (what is sized is planned on as a snapshot)
) -> AsyncIterator[Twin | Unproved]:
    """Use HypoPG where it is there and does, else read the catalog and make a twin.

    HypoPG makes B-trees only, and old versions of it hide no index that is there: for
    anything else, and where no index is to be tried, the twin is asked first.
    """
    trees = bool(candidates) and all(index.method is None for index in candidates)
    async with hypopg_twin(source) as hypopg:
        if hypopg is not None and trees:
            yield hypopg
            return
        async with postgresql_twin(await read_snapshot(source), candidates) as twin:
            yield hypopg if hypopg is not None and isinstance(twin, Unproved) else twin


Making = Callable[
    [AsyncConnection, Sequence[AddIndex], Collection[str], Mapping[str, int]],
    AbstractAsyncContextManager[Twin | Unproved],
]
MAKING: Mapping[str, Making] = {
    "sqlite": sqlite_twin,
    "postgresql": twin_of_postgresql,
    "mysql": mysql_twin,
}
