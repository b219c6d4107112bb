"""Read what a SQLite twin is made of: schema, statistics, sizes, the first rows of each table."""

from datetime import datetime, timezone
from typing import Any, cast

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.sqlite.schema import quoted
from asa.database.sqlite.server import read_server
from asa.model.row_snapshot import RowSnapshot, SavedRows, Value
from asa.model.snapshot import Definition

__all__ = ["SAMPLE_ROWS", "STATISTICS", "count_rows", "read_snapshot"]

SAMPLE_ROWS = 10_000
COUNT_LIMIT = 1_000_000
STATISTICS = ("sqlite_stat1", "sqlite_stat4")
OBJECTS = """
SELECT type, name, sql FROM sqlite_master
WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND type IN ('table', 'index', 'view')
ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, rowid
"""
MEASURED = "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl"


async def read_snapshot(connection: AsyncConnection, /) -> RowSnapshot:
    """Read a database; what cannot be read is left out with the reason."""
    objects = await rows(connection, OBJECTS)
    statistics = {
        name: found for name in STATISTICS if (found := await statistics_of(connection, name))
    }
    measured: dict[str, int] = {}
    if "sqlite_stat1" in statistics:
        measured = {str(table): int(count) for table, count in await rows(connection, MEASURED)}
    tables, left_out = [], []
    for name in stored_tables(objects):
        try:
            tables.append(await saved(connection, name, measured.get(name)))
        except DBAPIError as error:  # noqa: PERF203  (one table's error is not the next one's)
            left_out.append(f"rows of {name}: {type(error.orig).__name__}")
    return RowSnapshot(
        server=await read_server(connection),
        taken=f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M}",
        definitions=tuple(Definition(*one) for one in objects),
        tables=tuple(tables),
        statistics=statistics,
        left_out=tuple(left_out),
    )


def stored_tables(objects: list[Any]) -> list[str]:
    """Return the tables that hold rows of the user's: no virtual one, and none behind it."""
    texts = {name: sql.upper() for kind, name, sql in objects if kind == "table"}
    virtual = {name for name, sql in texts.items() if sql.startswith("CREATE VIRTUAL")}
    behind = tuple(f"{name}_" for name in virtual)
    return [name for name in texts if name not in virtual and not name.startswith(behind)]


async def statistics_of(connection: AsyncConnection, name: str) -> tuple[tuple[Value, ...], ...]:
    """Return the rows of one of the planner's tables; none where it is not there."""
    listed = f"SELECT 1 FROM sqlite_master WHERE name = '{name}'"  # noqa: S608  (asa's own constant)
    if not await rows(connection, listed):
        return ()
    return tuple(map(tuple, await rows(connection, f"SELECT * FROM {name}")))  # noqa: S608


async def saved(connection: AsyncConnection, table: str, measured: int | None) -> SavedRows:
    """Read size and first rows of a table."""
    facts = await rows(connection, f"PRAGMA table_xinfo({quoted(table)})")
    columns = [
        (name, str(kind).partition("(")[0].lower())
        for _, name, kind, *_, hidden in facts
        if not hidden
    ]
    listed = ", ".join(quoted(name) for name, _ in columns)
    found = await rows(connection, f"SELECT {listed} FROM {quoted(table)} LIMIT {SAMPLE_ROWS}")  # noqa: S608  (names are quoted)
    total = measured or await count_rows(connection, table)
    names, kinds = zip(*columns, strict=True)
    return SavedRows(table, names, kinds, total, tuple(map(tuple, found)))


async def count_rows(connection: AsyncConnection, table: str) -> int:
    """Count the rows of a table, up to a bound."""
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(table)} LIMIT {COUNT_LIMIT})"  # noqa: S608
    return int((await connection.exec_driver_sql(counted)).scalar_one())


async def rows(connection: AsyncConnection, sql: str) -> list[Any]:
    """Run one statement of asa's own and return its rows."""
    return cast("list[Any]", (await connection.exec_driver_sql(sql)).all())
