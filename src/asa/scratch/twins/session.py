"""Statements of asa's own on a PostgreSQL twin."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["quoted", "ran", "rows"]


async def rows(connection: AsyncConnection, sql: str, *values: object) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql, tuple(values) or None)).all()


async def ran(connection: AsyncConnection, sql: str) -> bool:
    """Run one statement of DDL; tell whether it could be run."""
    try:
        await connection.exec_driver_sql(sql)
    except DBAPIError:
        return False
    return True


def quoted(table: str) -> str:
    """Return a table's name, with its schema where it has one, as SQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))
