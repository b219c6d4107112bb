"""Read the schema of a PostgreSQL database from its catalog, with the planner's statistics.

A role that may SELECT the tables is enough. `pg_stats` shows only what the role may read;
what it hides is unknown, never zero.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.model.schema import Column, ForeignKey, Index, Schema, Table

__all__ = ["quoted", "read_schema"]

COUNT_LIMIT = 100_000
"""Rows counted at most in a table that ANALYZE has not measured."""

LIMITS = """
SELECT set_config('transaction_read_only', 'on', true),
       set_config('statement_timeout', '5s', true), set_config('lock_timeout', '500ms', true)
"""
# Partitions are left to their parents: a query names the parent, and so does an index.
TABLES = """
SELECT c.oid, n.nspname, c.relname, c.reltuples,
       n.nspname = current_schema() AS at_home,
       has_table_privilege(c.oid, 'SELECT') AS readable
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY n.nspname, c.relname
"""
PARTITIONS = """
SELECT pg_partition_root(oid)::oid, relname FROM pg_class
WHERE relispartition AND relkind IN ('r', 'p') ORDER BY oid
"""
COLUMNS = """
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, s.n_distinct
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stats s
  ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
 AND s.inherited = (c.relkind = 'p')
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY a.attrelid, a.attnum
"""
# What is not the default of a key is part of its text: operator class, collation, order.
INDEXES = """
SELECT x.indrelid, i.relname,
       array(
         SELECT coalesce(a.attname, pg_get_indexdef(x.indexrelid, k, true))
                || CASE WHEN NOT o.opcdefault THEN ' ' || o.opcname ELSE '' END
                || CASE WHEN a.attname IS NOT NULL AND x.indcollation[k - 1] <> a.attcollation
                        THEN ' COLLATE ' || l.collname ELSE '' END
                || CASE WHEN x.indoption[k - 1] & 1 = 1 THEN ' DESC' ELSE '' END
                || CASE x.indoption[k - 1] & 3 WHEN 1 THEN ' NULLS LAST'
                                               WHEN 2 THEN ' NULLS FIRST' ELSE '' END
                || CASE WHEN k = x.indnkeyatts AND x.indnatts > x.indnkeyatts
                        THEN ' INCLUDE' ELSE '' END
         FROM generate_series(1, x.indnkeyatts) AS k
         JOIN pg_opclass o ON o.oid = x.indclass[k - 1]
         LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[k - 1]
                                 AND x.indkey[k - 1] <> 0
         LEFT JOIN pg_collation l ON l.oid = x.indcollation[k - 1]
         ORDER BY k
       )::text[],
       x.indisunique, x.indisprimary,
       EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid) AS bound,
       pg_get_expr(x.indpred, x.indrelid, true), x.indisvalid, m.amname
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_am m ON m.oid = i.relam
JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY x.indisprimary DESC, i.relname
"""
FOREIGN_KEYS = """
SELECT k.conrelid, k.conname,
       array(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS u(n, o)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n
             ORDER BY u.o)::text[],
       k.confrelid,
       array(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS u(n, o)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n
             ORDER BY u.o)::text[],
       k.confdeltype
FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conname
"""
EXTENSIONS = "SELECT extname FROM pg_extension ORDER BY extname"
ON_DELETE = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


async def read_schema(connection: AsyncConnection, /) -> Schema:
    """Read tables, B-tree indexes, foreign keys and sizes of every schema but the system's.

    Rows are the planner's `reltuples`; where ANALYZE never ran they are counted, up to
    100,000. Tables outside the current schema bear their schema's name.
    """
    await rows(connection, LIMITS)
    tables = await rows(connection, TABLES)
    names = {t[0]: t[2] if t[4] else f"{t[1]}.{t[2]}" for t in tables}
    sizes = {t[0]: await read_rows(connection, t) for t in tables}
    columns = by_table(await rows(connection, COLUMNS))
    indexes = by_table(await rows(connection, INDEXES))
    keys = by_table(await rows(connection, FOREIGN_KEYS))
    parts = by_table(await rows(connection, PARTITIONS))
    return Schema(
        tuple(
            Table(
                names[oid],
                tuple(column(fact, sizes[oid]) for fact in columns.get(oid, ())),
                tuple(index(fact) for fact in indexes.get(oid, ())),
                tuple(foreign_key(f, names) for f in keys.get(oid, ()) if f[3] in names),
                sizes[oid],
                tuple(part[1] for part in parts.get(oid, ())),
            )
            for oid in names
        ),
        tuple(row[0] for row in await rows(connection, EXTENSIONS)),
    )


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql)).all()


def by_table(facts: Sequence[Any]) -> dict[int, list[Any]]:
    """Group facts by the table's oid in their first column."""
    groups: dict[int, list[Any]] = {}
    for fact in facts:
        groups.setdefault(fact[0], []).append(fact)
    return groups


async def read_rows(connection: AsyncConnection, fact: Sequence[Any]) -> int | None:
    """Return the planner's number of rows, else count some; None where neither may be."""
    _, schema, name, tuples, _, readable = fact
    # Before PostgreSQL 14 a table never analysed has 0 instead of -1.
    if tuples > 0:
        return int(tuples)
    if not readable:
        return None
    table = f"{quoted(schema)}.{quoted(name)}"
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {COUNT_LIMIT}) AS t"  # noqa: S608  (the names are quoted)
    try:
        async with connection.begin_nested():
            return int((await rows(connection, counted))[0][0])
    except DBAPIError:
        return None


def column(fact: Sequence[Any], size: int | None) -> Column:
    """Return one column; `n_distinct` is a share when negative, a number when positive."""
    _, name, kind, required, distinct = fact
    share: float | None = None
    if distinct is not None and distinct < 0:
        share = -distinct
    elif distinct and size:
        share = min(1.0, distinct / size)
    return Column(name, kind, nullable=not required, distinct=share)


def index(fact: Sequence[Any]) -> Index:
    """Return one index; keys of another method than B-tree bear the method's name."""
    _, name, keys, unique, primary, bound, where, valid, method = fact
    texts = tuple(key if method == "btree" else f"{method} {key}" for key in keys)
    return Index(name, texts, unique, primary, bound, where, valid)


def foreign_key(fact: Sequence[Any], names: Mapping[int, str]) -> ForeignKey:
    """Return one foreign key."""
    _, name, columns, target, targets, deletion = fact
    action = ON_DELETE.get(deletion.decode() if isinstance(deletion, bytes) else deletion)
    return ForeignKey(tuple(columns), names[target], tuple(targets), action, name)


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
