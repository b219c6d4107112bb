"""Read what PostgreSQL's planner knows of a database: schema, sizes, statistics, settings.

A role that may SELECT the tables is enough, and no row is read. `pg_stats` shows a role only
the columns that it may read, and an index's expressions to its owner; the others then have
no statistics here either.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.postgresql.activity import read_activity
from asa.database.postgresql.definitions import DEFINITIONS
from asa.database.postgresql.server import read_server
from asa.model.activity import Activity
from asa.model.snapshot import Definition, Locale, Relation, Snapshot

__all__ = ["STATISTICS", "STEERING", "read_snapshot"]

GUARDS = """
SELECT set_config('transaction_read_only', 'on', true), set_config('search_path', '', true),
       set_config('statement_timeout', '30s', true), set_config('lock_timeout', '2s', true)
"""
# What steers the planner's choice, or how the values of a statement are read.
STEERING = """(
    category LIKE 'Query Tuning%'
    OR name IN ('work_mem', 'hash_mem_multiplier', 'temp_buffers', 'max_parallel_workers',
                'max_parallel_workers_per_gather', 'parallel_leader_participation',
                'effective_io_concurrency', 'search_path', 'DateStyle', 'IntervalStyle',
                'TimeZone', 'bytea_output', 'extra_float_digits'))"""
SETTINGS = f"""
SELECT name,
       -- "$user" is another one in the twin.
       CASE WHEN name = 'search_path'
            THEN (SELECT string_agg(quote_ident(s), ', ') FROM unnest(current_schemas(false)) s)
            ELSE setting END
FROM pg_settings WHERE {STEERING} ORDER BY name
"""  # noqa: S608  (asa's own constant)
DATABASE = """
SELECT coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') AS provider, datcollate,
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
       current_setting('block_size')::int AS block
FROM pg_database d WHERE datname = current_database()
"""
PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}
RELATIONS = """
SELECT n.nspname, c.relname, c.relkind::text, c.relpages, c.reltuples, c.relallvisible,
       CASE WHEN c.relkind IN ('p', 'I') THEN 0
            ELSE pg_relation_size(c.oid) / current_setting('block_size')::int END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY n.nspname, c.relname
"""
STATISTICS = (
    *("null_frac", "avg_width", "n_distinct", "most_common_vals", "most_common_freqs"),
    *("histogram_bounds", "correlation", "most_common_elems", "most_common_elem_freqs"),
    *("elem_count_histogram", "range_length_histogram", "range_empty_frac"),
    "range_bounds_histogram",
)
SINCE_17 = frozenset({"range_length_histogram", "range_empty_frac", "range_bounds_histogram"})
COLUMNS = """
SELECT s.schemaname::text, s.tablename::text AS relname, s.attname::text, s.inherited::text,
       t.typcategory::text AS category, {columns}
FROM pg_stats s
JOIN pg_namespace n ON n.nspname = s.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
JOIN pg_type t ON t.oid = a.atttypid
WHERE s.schemaname <> 'information_schema' AND s.schemaname NOT LIKE 'pg\\_%'
ORDER BY s.schemaname, s.tablename, s.attname, s.inherited
"""


async def read_snapshot(connection: AsyncConnection, /) -> Snapshot:
    """Read all that a twin is made from."""
    server = await read_server(connection)
    # Read before the guards change the search path.
    settings = dict(map(tuple, await rows(connection, SETTINGS)))
    activity = await read_activity(connection)
    await rows(connection, GUARDS)
    provider, collate, locale, block = (await rows(connection, DATABASE))[0]
    snapshot = Snapshot(
        server=server,
        taken=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M"),
        locale=Locale(PROVIDERS.get(text(provider), "libc"), text(locale or collate)),
        block_bytes=block,
        definitions=await definitions(connection),
        relations=tuple(map(relation, await rows(connection, RELATIONS))),
        columns=tuple(
            dict(row._mapping)
            for row in await rows(connection, COLUMNS.format(columns=columns(server.version)))
        ),
        settings=settings,
        activity=activity if isinstance(activity, Activity) else None,
    )
    await connection.rollback()
    return snapshot


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql)).all()


async def definitions(connection: AsyncConnection) -> tuple[Definition, ...]:
    """Return the objects of the schema, what others need first."""
    found = [
        Definition(kind, name, statement)
        for kind, sql in DEFINITIONS
        for name, statement in await rows(connection, sql)
    ]
    return tuple(found)


def columns(version: tuple[int, ...]) -> str:
    """Return the select list of the statistics: asyncpg cannot read their pseudo-type."""
    return ", ".join(listed(version))


def listed(version: tuple[int, ...]) -> Iterator[str]:
    """Yield one item for each statistic; those that the version has not are NULL."""
    for name in STATISTICS:
        known = name not in SINCE_17 or version >= (17,)
        yield f"s.{name}::text" if known else f"NULL::text AS {name}"


def relation(row: Sequence[Any]) -> Relation:
    """Return one relation of the catalog."""
    schema, name, kind, pages, tuples, visible, blocks = row
    return Relation(schema, name, text(kind), blocks, pages, tuples, visible)


def text(value: object) -> str:
    """Return a catalog's "char" as text; drivers differ in what they make of it."""
    return value.decode() if isinstance(value, bytes) else str(value)
