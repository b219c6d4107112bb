"""Make the sample that a MySQL or MariaDB twin holds, on a throwaway server of the same make."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.mysql.schema import quoted
from asa.database.mysql.statistics import SampledTable, rows
from asa.errors import ScratchError
from asa.model.server import Server
from asa.scratch.start import expected_server, is_mariadb

__all__ = ["ReadRows", "copied", "ran", "setting", "unfit"]

ReadRows = Callable[[SampledTable], AsyncIterator[Sequence[Sequence[Any]]]]

MADE_ALIKE = ("MariaDB", "MySQL", "Percona Server")
HIDES_SINCE = {"MariaDB": (10, 6), "MySQL": (8,)}
PORTION = 500
FOREIGN_KEYS = """
SELECT table_name, constraint_name FROM information_schema.referential_constraints
WHERE constraint_schema = DATABASE()
"""


async def unfit(server: Server) -> str | None:
    """Return why no twin of a server can be made here."""
    if server.flavour not in MADE_ALIKE:
        return f"no twin of {server.flavour}"
    try:
        own = await expected_server("mysql", like=server)
    except ScratchError:
        return f"a twin needs {server.flavour} on this machine"
    if is_mariadb(own) != is_mariadb(server):
        return f"scratch is {own.flavour}, and the server is {server.flavour}"
    since = HIDES_SINCE["MariaDB" if is_mariadb(own) else "MySQL"]
    if own.version < since:
        return f"a twin needs {own.flavour} {'.'.join(map(str, since))}, and {own} is here"
    return None


async def copied(
    connection: AsyncConnection,
    tables: Sequence[SampledTable],
    sampled: ReadRows,
    *,
    references: bool = False,
) -> list[str]:
    """Make tables with a sample of their rows; return what could not be made.

    Args:
        connection: To the empty database.
        tables: What to make.
        sampled: Yields the rows of a table in portions.
        references: Whether foreign keys are kept, each of which keeps an index from being hidden.
    """
    # Stored values of any age are taken as they are.
    await connection.exec_driver_sql("SET SESSION sql_mode = '', foreign_key_checks = 0")
    whole = [table for table in tables if await filled(connection, table, sampled)]
    for table, key in () if references else await rows(connection, FOREIGN_KEYS):
        await ran(connection, f"ALTER TABLE {quoted(table)} DROP FOREIGN KEY {quoted(key)}")
    for copy in whole:
        await ran(connection, f"ANALYZE TABLE {quoted(copy.name)}")
    return [f"table {table.name}" for table in tables if table not in whole]


async def filled(connection: AsyncConnection, table: SampledTable, sampled: ReadRows) -> bool:
    """Make a table with a sample of its rows; tell whether that could be done."""
    try:
        await connection.exec_driver_sql(table.create.replace("%", "%%"))
        await fill(connection, table, sampled)
    except DBAPIError:
        return False
    return True


async def fill(connection: AsyncConnection, table: SampledTable, sampled: ReadRows) -> None:
    """Copy a sample of a table's rows."""
    names = ", ".join(map(quoted, table.columns)).replace("%", "%%")
    place = quoted(table.name).replace("%", "%%")
    marks = ", ".join(["%s"] * len(table.columns))
    insert = f"INSERT IGNORE INTO {place} ({names}) VALUES ({marks})"  # noqa: S608  (names are quoted)
    async for portion in sampled(table):
        for start in range(0, len(portion), PORTION):
            values = [tuple(row) for row in portion[start : start + PORTION]]
            await connection.exec_driver_sql(insert, values)


async def ran(connection: AsyncConnection, sql: str) -> bool:
    """Run one statement; tell whether it could be run."""
    try:
        await connection.exec_driver_sql(sql.replace("%", "%%"))
    except DBAPIError:
        return False
    return True


def setting(value: object) -> str:
    """Return a setting's value as SQL."""
    text = str(value)
    return text if text.isdigit() else "'" + text.replace("'", "''") + "'"
