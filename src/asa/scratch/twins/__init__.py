"""Twins: databases without the data that plan as the real one does, and one more index besides."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.model.finding import Unproved
from asa.model.fix import AddIndex
from asa.scratch.twins.sqlite import sqlite_twin
from asa.scratch.twins.twin import Twin

__all__ = ["Twin", "twin_of"]

NAMES = {"postgresql": "PostgreSQL", "mysql": "MySQL and MariaDB"}


@asynccontextmanager
async def twin_of(
    dialect: str, source: AsyncConnection, candidates: Sequence[AddIndex] = ()
) -> AsyncIterator[Twin | Unproved]:
    """Make a twin of the database behind a connection, or say why there is none.

    The candidates' columns are sampled in the source, so that the twin can plan with them.
    """
    if dialect != "sqlite":
        yield Unproved(f"no twin of {NAMES.get(dialect, dialect)} yet")
        return
    async with sqlite_twin(source, candidates) as twin:
        yield twin
