"""Rows for a proof: every table that can hold some gets them, also a second time."""

import asyncio

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from asa.migrations.proof.rows.filling import ROWS, fill
from asa.model.schema import Table

METADATA = sa.MetaData()
WORKSPACES = sa.Table(
    "workspaces",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(40), unique=True, nullable=False),
)
DATASETS = sa.Table(
    "datasets",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("workspace_id", sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.UniqueConstraint("name", "workspace_id"),
)


def filled_twice(connection: Connection) -> int:
    """Fill both tables, the second a second time, as after a change of its shape."""
    METADATA.create_all(connection)
    tables = (Table("workspaces", ()), Table("datasets", ()))
    assert fill(connection, tables, 0) == ()
    assert fill(connection, tables[1:], ROWS) == ()
    return connection.scalar(sa.select(sa.func.count()).select_from(DATASETS)) or 0


def test_a_table_is_filled_again_though_its_parent_has_no_further_rows(database_url: str) -> None:
    """MariaDB keeps JSON as text with a check, which no other text passes."""

    async def main() -> int:
        engine = create_async_engine(database_url, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(filled_twice)
        finally:
            await engine.dispose()

    assert asyncio.run(main()) == 2 * ROWS
