"""Read tables of a MySQL or MariaDB database with a bounded sample of their rows.

An account that may SELECT the tables is enough. Rows are read along the primary key, a few
from each of many places, so that a large table is never read whole.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.mysql.schema import quoted

__all__ = ["SETTINGS", "SampledTable", "read_settings", "rows", "sample", "sampled_tables"]

WHOLE_ROWS = 10_000
"""A table up to this size is copied whole."""
WANTED_ROWS = 40_000
LEAST_SHARE, MOST_SHARE = 0.025, 0.1
MOST_ROWS = 100_000
PLACES = 40
READ_WHOLE_ROWS = 1_000_000
"""A table without a whole-numbered key is read from its beginning to its end up to this size."""

GUARDS = {
    True: "SET SESSION max_statement_time = 20, lock_wait_timeout = 2",
    False: "SET SESSION max_execution_time = 20000, lock_wait_timeout = 2",
}
TABLES = """
SELECT table_name, table_rows FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name
"""
COLUMNS = """
SELECT table_name, column_name, data_type, column_key, extra
FROM information_schema.columns
WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position
"""
KEYS = """
SELECT table_name, column_name FROM information_schema.statistics
WHERE table_schema = DATABASE() AND index_name = 'PRIMARY' AND seq_in_index = 1
"""
INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
SETTINGS = (
    *("sql_mode", "optimizer_switch", "optimizer_search_depth", "optimizer_prune_level"),
    *("join_buffer_size", "sort_buffer_size", "read_rnd_buffer_size", "join_cache_level"),
    *("optimizer_use_condition_selectivity", "eq_range_index_dive_limit", "max_seeks_for_key"),
    *("tmp_table_size", "max_heap_table_size", "time_zone"),
)


@dataclass(frozen=True, slots=True)
class SampledTable:
    """A table and how much of it is copied.

    Attributes:
        name: Unquoted.
        create: The statement that makes it.
        columns: Those that rows are copied in: all but generated ones.
        key: The first column of the primary key, where it is a whole number.
        rows: Estimated rows.
        share: Part of the rows that is copied, 0 to 1.
    """

    name: str
    create: str
    columns: tuple[str, ...]
    key: str | None
    rows: int
    share: float

    @property
    def wanted(self) -> int:
        """How many rows are copied at most."""
        return max(round(self.rows * self.share), 1) if self.share < 1 else WHOLE_ROWS * 2


async def sampled_tables(
    connection: AsyncConnection, names: frozenset[str]
) -> tuple[list[SampledTable], list[str]]:
    """Return the tables of these names (in any case), and those that cannot be sampled."""
    mariadb = bool(getattr(connection.dialect, "is_mariadb", False))
    await connection.exec_driver_sql(GUARDS[mariadb])
    await connection.rollback()
    await connection.exec_driver_sql("START TRANSACTION READ ONLY")
    wanted = {name.lower() for name in names}
    columns = await rows(connection, COLUMNS)
    keys = dict(map(tuple, await rows(connection, KEYS)))
    found: list[SampledTable] = []
    left: list[str] = []
    for name, estimate in await rows(connection, TABLES):
        if name.lower() not in wanted:
            continue
        own = [row for row in columns if row[0] == name]
        key = next(
            (c for _, c, kind, _, _ in own if c == keys.get(name) and kind in INTEGERS), None
        )
        count = int(estimate or 0)
        if key is None and count > READ_WHOLE_ROWS:
            left.append(f"a sample of {name}, which has no whole-numbered key")
            continue
        try:
            create = (await rows(connection, f"SHOW CREATE TABLE {quoted(name)}"))[0][1]
        except DBAPIError:
            left.append(f"table {name}, which this account may not SELECT")
            continue
        copied = tuple(c for _, c, _, _, extra in own if "GENERATED" not in extra.upper())
        found.append(SampledTable(name, create, copied, key, count, share_of(count)))
    return found, left


def share_of(count: int) -> float:
    """Return the part of a table's rows to copy."""
    if count <= WHOLE_ROWS:
        return 1.0
    share = min(max(WANTED_ROWS / count, LEAST_SHARE), MOST_SHARE)
    return min(share, MOST_ROWS / count)


async def sample(
    connection: AsyncConnection, table: SampledTable
) -> AsyncIterator[Sequence[Sequence[Any]]]:
    """Yield rows of a table in portions."""
    listed = ", ".join(map(quoted, table.columns))
    selected = f"SELECT {listed} FROM {quoted(table.name)}"  # noqa: S608  (names are quoted)
    if table.share == 1:
        yield await rows(connection, f"{selected} LIMIT {table.wanted}")
    elif table.key is None:
        yield await rows(
            connection, f"{selected} WHERE RAND() < {table.share:.6f} LIMIT {table.wanted}"
        )
    else:
        key = quoted(table.key)
        ends = f"SELECT min({key}), max({key}) FROM {quoted(table.name)}"  # noqa: S608
        first, last = (int(end or 0) for end in (await rows(connection, ends))[0])
        each = max(table.wanted // PLACES, 1)
        for place in range(PLACES):
            start = first + (last - first) * place // PLACES
            end = first + (last - first) * (place + 1) // PLACES
            behind = "<=" if place == PLACES - 1 else "<"
            yield await rows(
                connection,
                f"{selected} WHERE {key} >= {start} AND {key} {behind} {end} "
                f"ORDER BY {key} LIMIT {each}",
            )


async def read_settings(connection: AsyncConnection) -> dict[str, str]:
    """Return what steers the planner and the parser of a session."""
    names = ", ".join(f"'{name}'" for name in SETTINGS)
    found = await rows(connection, f"SHOW SESSION VARIABLES WHERE Variable_name IN ({names})")
    return dict(map(tuple, found))


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql.replace("%", "%%"))).all()
