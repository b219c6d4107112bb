"""Read what MySQL's performance_schema, or MariaDB's userstat, counted of tables and indexes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.model.activity import Activity, IndexActivity, NotCounted, TableActivity

__all__ = ["read_activity"]

UPTIME = "SHOW GLOBAL STATUS LIKE 'Uptime'"
NOW = "SELECT UNIX_TIMESTAMP(), @@global.performance_schema"
REPLICAS = "SELECT count(*) FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%%'"
INSTRUMENTED = """
SELECT count(*) FROM performance_schema.setup_instruments
WHERE name = 'wait/io/table/sql/handler' AND enabled = 'YES'
"""
# Only tables opened since the server's start are there.
BY_INDEX = """
SELECT object_name, index_name, count_star
FROM performance_schema.table_io_waits_summary_by_index_usage
WHERE object_schema = DATABASE() AND object_type = 'TABLE'
"""
USERSTAT = "SHOW GLOBAL VARIABLES LIKE 'userstat'"
# userstat lists only what was used: an index of a table that was read is there or was not.
BY_USERSTAT = """
SELECT DISTINCT s.table_name, s.index_name, COALESCE(i.rows_read, 0), t.rows_read
FROM information_schema.statistics s
JOIN information_schema.table_statistics t
  ON t.table_schema = s.table_schema AND t.table_name = s.table_name
LEFT JOIN information_schema.index_statistics i
  ON i.table_schema = s.table_schema AND i.table_name = s.table_name
 AND i.index_name = s.index_name
WHERE s.table_schema = DATABASE()
"""


async def read_activity(connection: AsyncConnection, /) -> Activity | NotCounted:
    """Read how the tables and indexes of a connection's database were used."""
    try:
        ((_, uptime),) = await rows(connection, UPTIME)
        ((now, counting),) = await rows(connection, NOW)
        ((replicas,),) = await rows(connection, REPLICAS)
        since = float(now) - float(uptime)
        if int(counting) and (await rows(connection, INSTRUMENTED))[0][0]:
            return counted(since, float(now), replicas, await rows(connection, BY_INDEX))
        switch = await rows(connection, USERSTAT)
        if switch and switch[0][1] == "ON":
            found = await rows(connection, BY_USERSTAT)
            return observed(since, float(now), replicas, found)
    except DBAPIError:
        await connection.rollback()
        return NotCounted("the account may not read what the server counts")
    return NotCounted("the server does not count: performance_schema and userstat are off")


def counted(since: float, now: float, replicas: int, facts: Sequence[Any]) -> Activity:
    """Return what performance_schema counted; the row without an index is of the table itself."""
    reads: dict[str, int] = {}
    for table, _, times in facts:
        reads[table] = reads.get(table, 0) + int(times)
    indexes = tuple(IndexActivity(table, name, int(n)) for table, name, n in facts if name)
    tables = tuple(TableActivity(table, times) for table, times in reads.items())
    return Activity(since, now, indexes, tables, replicas)


def observed(since: float, now: float, replicas: int, facts: Sequence[Any]) -> Activity:
    """Return what userstat counted: rows read by each index and of each table."""
    indexes = tuple(IndexActivity(table, name, int(n)) for table, name, n, _ in facts)
    tables = tuple(TableActivity(*one) for one in {(table, int(n)) for table, _, _, n in facts})
    return Activity(since, now, indexes, tables, replicas, switchable=True)


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql)).all()
