"""Read what PostgreSQL counted of its tables and indexes, from the cumulative statistics."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.model.activity import Activity, IndexActivity, NotCounted, TableActivity

__all__ = ["read_activity"]

# Where nobody ever reset them, the statistics are as old as the server's start, or older.
COUNTED = """
SELECT extract(epoch FROM coalesce(d.stats_reset, pg_postmaster_start_time()))::float8,
       extract(epoch FROM now())::float8, (SELECT count(*) FROM pg_stat_replication)
FROM pg_stat_database d WHERE d.datname = current_database()
"""
NAME = "CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END || t.relname"
USERS = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' AND NOT t.relispartition"
# An index that orders the table or tells its rows to replicas serves without being scanned.
INDEXES = f"""
SELECT {NAME}, i.relname,
       CASE WHEN i.relkind = 'I'
            THEN (SELECT sum(pg_stat_get_numscans(p.relid)) FROM pg_partition_tree(i.oid) p)
            ELSE pg_stat_get_numscans(i.oid) END::bigint,
       CASE WHEN i.relkind = 'I'
            THEN (SELECT sum(pg_relation_size(p.relid)) FROM pg_partition_tree(i.oid) p
                  WHERE p.isleaf)
            ELSE pg_relation_size(i.oid) END::bigint
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE {USERS} AND NOT x.indisclustered AND NOT x.indisreplident
"""  # noqa: S608  (asa's own constants)
TABLES = f"""
SELECT {NAME},
       CASE WHEN t.relkind = 'p'
            THEN (SELECT sum(s.seq_scan + coalesce(s.idx_scan, 0))
                  FROM pg_partition_tree(t.oid) p JOIN pg_stat_all_tables s ON s.relid = p.relid)
            ELSE own.seq_scan + coalesce(own.idx_scan, 0) END::bigint,
       CASE WHEN t.relkind = 'r' THEN own.n_mod_since_analyze END::bigint,
       extract(epoch FROM greatest(own.last_analyze, own.last_autoanalyze))::float8
FROM pg_class t
JOIN pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_stat_all_tables own ON own.relid = t.oid
WHERE {USERS} AND t.relkind IN ('r', 'p')
"""  # noqa: S608  (asa's own constants)


async def read_activity(connection: AsyncConnection, /) -> Activity | NotCounted:
    """Read how the tables and indexes of a connection's database were used.

    What a partition counted is its parent's.
    """
    try:
        ((since, now, replicas),) = await rows(connection, COUNTED)
        indexes = await rows(connection, INDEXES)
        tables = await rows(connection, TABLES)
    except (DBAPIError, ValueError):
        await connection.rollback()
        return NotCounted("the server's statistics cannot be read")
    return Activity(
        since,
        now,
        tuple(IndexActivity(table, name, scans or 0, size) for table, name, scans, size in indexes),
        tuple(
            TableActivity(name, reads or 0, changed, analysed)
            for name, reads, changed, analysed in tables
        ),
        replicas,
    )


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql)).all()
