"""The statements that make a PostgreSQL schema again: what plans need, and what rows need."""
# ruff: noqa: S608  (put together from the constants of the other module)

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.postgresql.definitions import DEFINITIONS, OWN_TABLE, TABLE, USERS

__all__ = ["read_ddl"]

SEQUENCES = f"""
SELECT {TABLE}, format('CREATE SEQUENCE %I.%I AS %s', n.nspname, c.relname,
                       format_type(s.seqtypid, NULL))
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {USERS} AND {OWN_TABLE}
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i')
ORDER BY c.oid
"""
DEFAULTS = f"""
SELECT {TABLE}, format('ALTER TABLE ONLY %I.%I ALTER COLUMN %I SET DEFAULT %s', n.nspname,
                       c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE a.attgenerated::text = '' AND c.relkind IN ('r', 'p') AND {USERS} AND {OWN_TABLE}
ORDER BY c.oid, a.attnum
"""
IDENTITIES = f"""
SELECT {TABLE}, format('ALTER TABLE %I.%I ALTER COLUMN %I ADD GENERATED %s AS IDENTITY', n.nspname,
                       c.relname, a.attname,
                       CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attidentity::text <> '' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  AND {USERS} AND {OWN_TABLE} ORDER BY c.oid, a.attnum
"""
OWNERS = f"""
SELECT {TABLE}, format('ALTER SEQUENCE %I.%I OWNED BY %I.%I.%I', n.nspname, c.relname,
                       m.nspname, r.relname, a.attname)
FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = d.refobjid JOIN pg_namespace m ON m.oid = r.relnamespace
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.deptype = 'a' AND d.refobjsubid > 0 AND {USERS} ORDER BY c.oid
"""
STORED = f"""
SELECT {TABLE}, format('ALTER TABLE %I.%I DROP COLUMN %I, ADD COLUMN %I %s '
                       'GENERATED ALWAYS AS (%s) STORED', n.nspname, c.relname, a.attname,
                       a.attname, format_type(a.atttypid, a.atttypmod),
                       pg_get_expr(d.adbin, d.adrelid))
FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE a.attgenerated::text = 's' AND c.relkind IN ('r', 'p') AND {USERS} AND {OWN_TABLE}
ORDER BY c.oid, a.attnum
"""
TRIGGERS = f"""
SELECT {TABLE}, pg_get_triggerdef(t.oid)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND {USERS} AND {OWN_TABLE} ORDER BY t.oid
"""
BEHIND_TABLES = (DEFAULTS, IDENTITIES, OWNERS, STORED)


async def read_ddl(connection: AsyncConnection, /) -> tuple[str, ...]:
    """Return the statements, what others need first, every name qualified."""
    await connection.exec_driver_sql("SET search_path = ''")
    found: list[str] = ["SET search_path = ''", "SET check_function_bodies = off"]
    for kind, sql in DEFINITIONS:
        if kind == "table":
            found += await statements(connection, SEQUENCES)
        found += await statements(connection, sql)
        if kind == "table":
            for more in BEHIND_TABLES:
                found += await statements(connection, more)
    found += await statements(connection, TRIGGERS)
    await connection.exec_driver_sql("RESET search_path")
    return (*found, "RESET search_path")


async def statements(connection: AsyncConnection, sql: str) -> list[str]:
    """Return the statements that a query on the catalog writes."""
    found: Sequence[Any] = (await connection.exec_driver_sql(sql)).all()
    return [row[1] for row in found]
