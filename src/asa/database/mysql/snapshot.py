"""Read what a MySQL or MariaDB twin is made of: schema, sizes, settings, a sample of the rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.mysql.activity import read_activity
from asa.database.mysql.ddl import DEFINER, written
from asa.database.mysql.server import read_server
from asa.database.mysql.statistics import SampledTable, read_settings, rows, sample, sampled_tables
from asa.model.activity import Activity
from asa.model.row_snapshot import RowSnapshot, SavedRows, Value
from asa.model.snapshot import Definition

__all__ = ["read_snapshot"]

NAMES = """
SELECT table_name, table_type FROM information_schema.tables
WHERE table_schema = DATABASE() ORDER BY table_name
"""
KINDS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = DATABASE()
"""


async def read_snapshot(connection: AsyncConnection, /) -> RowSnapshot:
    """Read a database; what the account may not read is left out with the reason."""
    server, settings = await read_server(connection), await read_settings(connection)
    activity = await read_activity(connection)
    # Ended, for the next transaction is to be a read-only one.
    await connection.rollback()
    listed = await rows(connection, NAMES)
    kinds = {(table, column): kind for table, column, kind in await rows(connection, KINDS)}
    found, left_out = await sampled_tables(connection, frozenset(name for name, _ in listed))
    definitions = [Definition("table", table.name, table.create) for table in found]
    tables = []
    for table in found:
        try:
            tables.append(await saved(connection, table, kinds))
        except DBAPIError as error:  # noqa: PERF203  (one table's refusal is not the next one's)
            left_out.append(f"rows of {table.name}: {reason(error)}")
    for name in (name for name, kind in listed if kind == "VIEW"):
        try:
            sql = DEFINER.sub("", await written(connection, "VIEW", name))
            definitions.append(Definition("view", name, sql))
        except DBAPIError as error:  # noqa: PERF203  (as above)
            left_out.append(f"view {name}: {reason(error)}")
    return RowSnapshot(
        server=server,
        taken=f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M}",
        definitions=tuple(definitions),
        tables=tuple(tables),
        settings=settings,
        left_out=tuple(left_out),
        activity=activity if isinstance(activity, Activity) else None,
    )


async def saved(
    connection: AsyncConnection, table: SampledTable, kinds: dict[tuple[str, str], str]
) -> SavedRows:
    """Read a sample of a table's rows."""
    found = [plain(row) async for portion in sample(connection, table) for row in portion]
    names = tuple(kinds[table.name, column] for column in table.columns)
    # The catalog's count is an estimate, and a table read whole is counted.
    total = len(found) if table.share == 1 else max(table.rows, len(found))
    return SavedRows(table.name, table.columns, names, total, tuple(found))


def plain(row: Sequence[Any]) -> tuple[Value, ...]:
    """Return a row in values that JSON and the server both take."""
    return tuple(
        value
        if value is None or isinstance(value, int | float | str | bytes)
        else clock(value)
        if isinstance(value, timedelta)
        else str(value)
        for value in row
    )


def clock(value: timedelta) -> str:
    """Return a TIME as the server reads it: `-12:30:00.000000`."""
    micros = abs(value) // timedelta(microseconds=1)
    minutes, rest = divmod(micros, 60_000_000)
    hours, minute = divmod(minutes, 60)
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}{hours}:{minute:02}:{rest // 1_000_000:02}.{rest % 1_000_000:06}"


def reason(error: DBAPIError) -> str:
    """Return why something could not be read, without a value."""
    code = (*getattr(error.orig, "args", ()), 0)[0]
    return REASONS.get(code, f"error {code}") if isinstance(code, int) else "it failed"


REASONS = {
    1142: "this account may not SELECT it",
    1143: "this account may not SELECT all its columns",
    1370: "this account may not run a function of it",
    1205: "it was locked",
    1969: "it took longer than 20 s",
    3024: "it took longer than 20 s",
}
