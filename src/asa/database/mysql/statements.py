"""Read what `performance_schema` counted of statements in a connection's database."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.mysql.reserved_words import RESERVED_WORDS_MARIADB, RESERVED_WORDS_MYSQL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.errors import LogError
from asa.model.statement_statistics import StatementStatistics, StatementTotals

__all__ = ["VIEW", "read_statements"]

VIEW = "performance_schema"
STATE = "SELECT DATABASE(), CURRENT_USER(), @@global.performance_schema"
COLUMNS = """
SELECT LOWER(column_name) FROM information_schema.columns
WHERE table_schema = 'performance_schema'
  AND table_name = 'events_statements_summary_by_digest'
"""
TOTALS = """
SELECT digest_text, {sample}, count_star, sum_timer_wait, max_timer_wait,
       sum_rows_sent + sum_rows_affected, sum_errors,
       UNIX_TIMESTAMP(first_seen), UNIX_TIMESTAMP(last_seen)
FROM performance_schema.events_statements_summary_by_digest
WHERE schema_name = DATABASE() AND digest_text IS NOT NULL AND count_star > 0
"""
# Where the table is full, all further statements are counted in one row without a text.
EVICTED = """
SELECT COALESCE(SUM(count_star), 0)
FROM performance_schema.events_statements_summary_by_digest WHERE digest IS NULL
"""
NO_PRIVILEGE = 1142
PICOSECONDS = 1e9
CUT = "..."
QUOTED = re.compile(r"`([A-Za-z_][A-Za-z0-9_$]*)`")
SEVERAL = re.compile(r"\(\.\.\.\)(?: /\* , \.\.\. \*/)?|\? , \.\.\.")
RESERVED = RESERVED_WORDS_MARIADB | RESERVED_WORDS_MYSQL


async def read_statements(connection: AsyncConnection, /) -> StatementStatistics:
    """Read the statements of a connection's database.

    Raises:
        LogError: The server does not count, or the account may not read what it counted.
    """
    ((database, account, on),) = await rows(connection, STATE)
    if not int(on):
        raise LogError(
            "performance_schema is off on this server",
            "set performance_schema = ON in its configuration and restart, or name a log",
        )
    names = {name for (name,) in await rows(connection, COLUMNS)}
    sample = "query_sample_text" if "query_sample_text" in names else "NULL"
    try:
        found = await rows(connection, TOTALS.format(sample=sample))
        ((evicted,),) = await rows(connection, EVICTED)
    except DBAPIError as error:
        code = getattr(error.orig, "args", (None,))[0]
        if code != NO_PRIVILEGE:
            raise
        raise LogError(
            f"{account} may not read performance_schema",
            f"GRANT SELECT ON performance_schema.* TO {account}",
        ) from None
    return StatementStatistics(
        view=VIEW,
        dialect="mysql",
        database=str(database),
        totals=tuple(map(totals, found)),
        evicted=int(evicted),
    )


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql)).all()


def totals(row: Sequence[Any]) -> StatementTotals:
    """Return one row of the table."""
    digest, sample, calls, total, longest, affected, errors, first, last = row
    whole = sample and not sample.endswith(CUT)
    sql = sample if whole else plain(digest)
    return StatementTotals(
        sql=sql,
        calls=int(calls),
        total_ms=int(total) / PICOSECONDS,
        max_ms=int(longest) / PICOSECONDS,
        rows=int(affected),
        errors=int(errors),
        first_seen=float(first) if first else None,
        last_seen=float(last) if last else None,
        truncated=not whole and sql.endswith(CUT),
    )


def plain(digest: str) -> str:
    """Return a digest's text as a statement: what it shortens to `...` is one placeholder."""
    text = SEVERAL.sub(lambda match: "(?)" if match[0][0] == "(" else "?, ?", digest)
    return QUOTED.sub(lambda m: m[0] if m[1].lower() in RESERVED else m[1], text)
