"""Give a PostgreSQL twin the statistics of a snapshot."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.postgresql.statistics import STATISTICS
from asa.model.snapshot import ColumnStatistics, Relation, Snapshot
from asa.scratch.twins.session import rows

__all__ = ["restore_columns", "restore_relations"]

TYPES = {
    **dict.fromkeys(("null_frac", "n_distinct", "correlation", "range_empty_frac"), "real"),
    **dict.fromkeys(
        ("most_common_freqs", "most_common_elem_freqs", "elem_count_histogram"), "real[]"
    ),
    "avg_width": "integer",
}
PASSED = ", ".join(f"'{name}', (r ->> '{name}')::{TYPES.get(name, 'text')}" for name in STATISTICS)
RESTORE_COLUMNS = f"""
SELECT count(pg_restore_attribute_stats(
    'schemaname', r ->> 'schemaname', 'relname', r ->> 'relname', 'attname', r ->> 'attname',
    'inherited', (r ->> 'inherited')::boolean, 'version', $2::integer, {PASSED}))
FROM jsonb_array_elements($1::text::jsonb) AS r
JOIN pg_namespace n ON n.nspname = r ->> 'schemaname'
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = r ->> 'relname'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = r ->> 'attname' AND NOT a.attisdropped
"""  # noqa: S608  (put together from asa's own constants)
RESTORE_RELATIONS = """
SELECT count(pg_restore_relation_stats(
    'schemaname', r ->> 'schema', 'relname', r ->> 'name', 'version', $2::integer,
    'relpages', (r ->> 'pages')::integer, 'reltuples', (r ->> 'tuples')::real,
    'relallvisible', (r ->> 'visible')::integer))
FROM jsonb_array_elements($1::text::jsonb) AS r
JOIN pg_namespace n ON n.nspname = r ->> 'schema'
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = r ->> 'name'
"""


async def restore_columns(
    connection: AsyncConnection, snapshot: Snapshot, columns: Iterable[ColumnStatistics]
) -> None:
    """Give columns statistics of the snapshot's server."""
    listed = [dict(column) for column in columns]
    await restore(connection, RESTORE_COLUMNS, listed, numbered(snapshot))


async def restore_relations(
    connection: AsyncConnection, snapshot: Snapshot, relations: Iterable[Relation]
) -> None:
    """Give tables and indexes the rows and pages that they had when last measured."""
    # Before PostgreSQL 14 a table never analysed has 0 rows instead of -1.
    unknown = snapshot.server.version < (14,)
    facts = [
        {
            "schema": one.schema,
            "name": one.name,
            "pages": one.pages,
            "tuples": -1 if unknown and not (one.tuples or one.pages) else one.tuples,
            "visible": one.visible,
        }
        for one in relations
    ]
    await restore(connection, RESTORE_RELATIONS, facts, numbered(snapshot))


async def restore(
    connection: AsyncConnection, sql: str, facts: Sequence[dict[str, Any]], version: int
) -> None:
    """Restore statistics together; where the server refuses some, all but those."""
    try:
        await rows(connection, sql, json.dumps(facts), version)
    except DBAPIError:
        middle = len(facts) // 2
        for part in (facts[:middle], facts[middle:]) if middle else ():
            await restore(connection, sql, part, version)


def numbered(snapshot: Snapshot) -> int:
    """Return the server's version as PostgreSQL numbers it: 160004."""
    major, *rest = snapshot.server.version
    return major * 10_000 + (rest[0] if rest else 0)
