"""The statements that make a SQLite schema again, as its catalog keeps them."""

from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["read_ddl"]

STATEMENTS = """
SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, rowid
"""


async def read_ddl(connection: AsyncConnection, /) -> tuple[str, ...]:
    """Return the statements, what others need first."""
    return tuple(row[0] for row in await connection.exec_driver_sql(STATEMENTS))
