"""A sample of PostgreSQL's rows, which travel as JSON: so every type is read back as it was."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.sample import Sample, SampledTable, Sampling, Wanted, alike
from asa.database.url import DatabaseUrl

__all__ = ["SAMPLING"]

ROUNDS = 8  # of parents' parents
TABLES = text("""
    SELECT c.oid::regclass::text, greatest(c.reltuples, 0), c.relkind = 'r',
           array_agg(quote_ident(a.attname) ORDER BY a.attnum)::text[],
           array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE NOT a.attnotnull)::text[]
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         AND a.attgenerated = ''
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> :version_table
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    GROUP BY c.oid ORDER BY 1
""")
KEYS = text("""
    SELECT k.conrelid::regclass::text, k.confrelid::regclass::text,
           array_agg(c.attname ORDER BY u.place)::text[],
           array_agg(p.attname ORDER BY u.place)::text[]
    FROM pg_constraint k
    CROSS JOIN unnest(k.conkey, k.confkey) WITH ORDINALITY u(own, other, place)
    JOIN pg_attribute c ON c.attrelid = k.conrelid AND c.attnum = u.own
    JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = u.other
    WHERE k.contype = 'f' GROUP BY k.oid, k.conrelid, k.confrelid
""")
SEQUENCES = text("""
    SELECT pg_get_serial_sequence(c.oid::regclass::text, a.attname), c.oid::regclass::text,
           quote_ident(a.attname)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relkind IN ('r', 'p') AND NOT a.attisdropped
      AND pg_get_serial_sequence(c.oid::regclass::text, a.attname) IS NOT NULL
""")


@dataclass
class Found:
    """One table with the rows found so far, each as its JSON text."""

    name: str
    estimate: float
    plain: bool
    columns: list[str]
    nullable: list[str]
    rows: dict[str, None]


async def read(database: DatabaseUrl, wanted: Wanted) -> Sample:
    """Read a sample in one read-only transaction."""
    left_out: list[str] = []
    async with connection_to(database) as connection:
        await connection.exec_driver_sql(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        )
        await connection.exec_driver_sql("SET LOCAL statement_timeout = '2s'")
        await connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
        rows = await connection.execute(TABLES, {"version_table": wanted.without})
        tables = {
            name: Found(name, estimate, plain, columns, nullable or [], {})
            for name, estimate, plain, columns, nullable in rows
        }
        for table in tables.values():
            if not await taken(connection, table, sampled(table, wanted.most)):
                left_out.append(table.name)
            elif len(table.rows) >= wanted.most or table.estimate > wanted.most:
                await take_troublesome(connection, table, wanted)
        await add_parents(connection, tables)
        await connection.rollback()
    found = tuple(SampledTable(t.name, tuple(t.columns), tuple(t.rows)) for t in tables.values())
    return Sample(found, tuple(left_out))


async def take_troublesome(connection: AsyncConnection, table: Found, wanted: Wanted) -> None:
    """Add what a part of a table may not show: rows with a NULL, rows that are alike."""
    for column in table.nullable:
        await taken(connection, table, selected(table, f'"{column}" IS NULL', 1))
    for columns in wanted.of(table.name):
        await taken(connection, table, selected(table, alike(table.name, columns), 2))


def sampled(table: Found, most: int) -> str:
    """Return the query for rows from anywhere in a table."""
    if not table.plain or table.estimate <= most * 10:
        return selected(table, "true", most)
    percent = min(100.0, 100.0 * most * 4 / table.estimate)
    part = f"{table.name} TABLESAMPLE SYSTEM ({percent:.6f})"
    return selected(table, "true", most, part)


def selected(table: Found, where: str, most: int, source: str = "") -> str:
    """Return a query for rows as JSON."""
    columns = ", ".join(table.columns)
    rows = f"SELECT {columns} FROM {source or table.name} WHERE {where} LIMIT {most}"  # noqa: S608  (names are quoted by the catalog)
    return f"SELECT row_to_json(r)::text FROM ({rows}) r"  # noqa: S608


async def taken(
    connection: AsyncConnection, table: Found, sql: str, values: dict[str, Any] | None = None
) -> bool:
    """Add the rows of a query; False where it fails or takes too long."""
    try:
        async with connection.begin_nested():
            rows = await connection.execute(text(sql.replace("::", "\\:\\:")), values or {})
            table.rows.update(dict.fromkeys(row[0] for row in rows))
    except SQLAlchemyError:
        return False
    return True


async def add_parents(connection: AsyncConnection, tables: dict[str, Found]) -> None:
    """Add the rows that others refer to, and what those refer to."""
    keys = [tuple(row) for row in await connection.execute(KEYS)]
    for _ in range(ROUNDS):
        before = sum(len(table.rows) for table in tables.values())
        for child, parent, own, other in keys:
            if child not in tables or parent not in tables:
                continue
            wanted = references(tables[child], own, other)
            if not wanted:
                continue
            columns = ", ".join(f"r.{name}" for name in tables[parent].columns)
            using = ", ".join(f'"{name}"' for name in other)
            sql = (
                f"SELECT row_to_json(x)::text FROM (SELECT {columns} FROM {parent} r JOIN"  # noqa: S608  (as above)
                f" (SELECT DISTINCT {using} FROM json_populate_recordset(NULL::{parent},"
                f" CAST(:keys AS json))) k USING ({using})) x"
            )
            await taken(connection, tables[parent], sql, {"keys": json.dumps(wanted)})
        if sum(len(table.rows) for table in tables.values()) == before:
            return


def references(child: Found, own: list[str], other: list[str]) -> list[dict[str, Any]]:
    """Return the parents' keys that rows name, those with a NULL in them left out."""
    found: dict[tuple[Any, ...], None] = {}
    for row in child.rows:
        # As text a number keeps all of its digits.
        values = json.loads(row, parse_float=str)
        key = tuple(values.get(name) for name in own)
        if None not in key and not any(isinstance(part, list | dict) for part in key):
            found[key] = None
    return [dict(zip(other, key, strict=True)) for key in found]


async def write(database: DatabaseUrl, sample: Sample) -> tuple[str, ...]:
    """Write a sample, triggers and foreign keys asleep where the role may let them."""
    refused: list[str] = []
    async with connection_to(database) as connection:
        await tried(connection, "SET LOCAL session_replication_role = replica")
        rows = await connection.execute(TABLES, {"version_table": ""})
        there = {row[0]: set(row[3]) for row in rows}
        for table in sample.tables:
            columns = [name for name in table.columns if name in there.get(table.name, ())]
            if not table.rows or not columns:
                continue
            listed = ", ".join(columns)
            sql = (
                f"INSERT INTO {table.name} ({listed}) OVERRIDING SYSTEM VALUE SELECT {listed}"  # noqa: S608  (as above)
                f" FROM json_populate_recordset(NULL::{table.name}, CAST(:rows AS json))"
                " ON CONFLICT DO NOTHING"
            )
            if not await tried(connection, sql, {"rows": f"[{','.join(table.rows)}]"}):
                refused.append(table.name)
        for sequence, name, column in (await connection.execute(SEQUENCES)).all():
            highest = (
                f"SELECT setval('{sequence}', max({column})) FROM {name} HAVING max({column}) > 0"  # noqa: S608  (as above)
            )
            await tried(connection, highest)
        await connection.commit()
    return tuple(refused)


async def tried(
    connection: AsyncConnection, sql: str, values: dict[str, Any] | None = None
) -> bool:
    """Run a statement; False where it fails."""
    try:
        async with connection.begin_nested():
            await connection.execute(text(sql.replace("::", "\\:\\:")), values or {})
    except SQLAlchemyError:
        return False
    return True


SAMPLING = Sampling(read, write)
