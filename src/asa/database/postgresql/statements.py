"""Read what `pg_stat_statements` counted in a connection's database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.errors import LogError
from asa.model.statement_statistics import StatementStatistics, StatementTotals

__all__ = ["VIEW", "read_statements"]

VIEW = "pg_stat_statements"
HIDDEN = "<insufficient privilege>"

STATE = """
SELECT current_database()::text, current_user::text,
       (SELECT quote_ident(n.nspname) FROM pg_extension e
        JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'),
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements'),
       EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max'),
       set_config('statement_timeout', '30s', true)
"""
# An extension keeps the columns of its own version, whatever the server's is.
COLUMNS = """
SELECT attname::text FROM pg_attribute
WHERE attrelid = to_regclass('{schema}.' || '{view}') AND attnum > 0 AND NOT attisdropped
"""
TOTALS = """
SELECT s.query, pg_get_userbyid(s.userid)::text, s.calls, s.{total}, s.{longest}, s.rows
FROM {schema}.pg_stat_statements s
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND s.calls > 0
"""
INFO = """
SELECT dealloc, extract(epoch FROM stats_reset)::float FROM {schema}.pg_stat_statements_info
"""


async def read_statements(connection: AsyncConnection, /) -> StatementStatistics:
    """Read the statements of a connection's database, with all that the role may see.

    Raises:
        LogError: The extension is missing, or was not loaded at the server's start.
    """
    (state,) = await rows(connection, STATE)
    database, user, schema, available, loaded, _ = state
    if schema is None:
        raise missing(database, available=available, loaded=loaded)
    if not loaded:
        raise not_loaded(database)
    names = await columns(connection, schema, VIEW)
    # Before 1.8, of PostgreSQL 13, planning was not told apart.
    kind = "_exec" if "total_exec_time" in names else ""
    sql = TOTALS.format(schema=schema, total=f"total{kind}_time", longest=f"max{kind}_time")
    found = await rows(connection, sql)
    evicted, since = None, None
    if await columns(connection, schema, f"{VIEW}_info"):
        ((evicted, since),) = await rows(connection, INFO.format(schema=schema))
    return StatementStatistics(
        view=VIEW,
        dialect="postgresql",
        database=database,
        totals=tuple(totals(row) for row in found if is_told(row)),
        since=since,
        evicted=evicted,
        hidden=sum(not is_told(row) for row in found),
        hint=f"GRANT pg_read_all_stats TO {user}",
    )


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql)).all()


async def columns(connection: AsyncConnection, schema: str, view: str) -> set[str]:
    """Return the columns of a view; none where it does not exist."""
    sql = COLUMNS.format(schema=schema.replace("'", "''"), view=view)
    return {name for (name,) in await rows(connection, sql)}


def is_told(row: Sequence[Any]) -> bool:
    """Say whether the role may read a statement's text."""
    return row[0] is not None and row[0] != HIDDEN


def totals(row: Sequence[Any]) -> StatementTotals:
    """Return one row of the view."""
    sql, user, calls, total_ms, max_ms, affected = row
    return StatementTotals(
        sql=sql,
        calls=int(calls),
        total_ms=float(total_ms),
        max_ms=float(max_ms),
        rows=int(affected),
        user=user,
    )


def missing(database: str, *, available: bool, loaded: bool) -> LogError:
    """Make the error for a database without the extension."""
    message = f"{database} has no extension {VIEW}"
    create = f"CREATE EXTENSION {VIEW}"
    if not available:
        return LogError(message, "install the server's contrib package, or name a log")
    if loaded:
        return LogError(message, f"{create};   in {database}, or name a log")
    return LogError(
        message,
        f"shared_preload_libraries = '{VIEW}', restart, {create};   or name a log",
    )


def not_loaded(database: str) -> LogError:
    """Make the error for a server that was started without the library."""
    return LogError(
        f"{database} has the extension {VIEW}, but the server was started without it",
        f"set shared_preload_libraries = '{VIEW}' and restart it, or name a log",
    )
