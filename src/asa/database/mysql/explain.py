"""Plan a MySQL or MariaDB statement without running it.

EXPLAIN here evaluates derived tables, scalar subqueries and (on MariaDB) stored functions,
and the driver's connection takes several statements in one text. So the EXPLAIN goes
through `PREPARE`, which takes one statement, in a read-only transaction with short
time-outs; functions that wait or lock are refused by name, since MySQL's time-out is known
to end SELECTs only. Row changes are not planned in such a transaction: the SELECT that reads
the same rows is.
"""

import asyncio
import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.foreign_sql import MISFIT, Bound, bound, refusal
from asa.database.mysql.equivalent import equivalent_select
from asa.database.mysql.literal import literal
from asa.database.mysql.plan_json import lines, read_plan
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters
from asa.sql.lexis import Part, spans

__all__ = ["explain"]

TIMEOUT_S = 2.0
PATIENCE_S = TIMEOUT_S + 3
"""The server ends a statement itself; this is for a server that does not answer at all."""

MARIADB_GUARDS = (
    f"SET SESSION max_statement_time = {TIMEOUT_S:g}, lock_wait_timeout = 1, "
    "innodb_lock_wait_timeout = 1"
)
MYSQL_GUARDS = (
    f"SET SESSION max_execution_time = {TIMEOUT_S * 1000:.0f}, lock_wait_timeout = 1, "
    "innodb_lock_wait_timeout = 1"
)
JSON_VERSION = "SET SESSION explain_json_format_version = 1"

WAITS = re.compile(
    r"\b(sleep|benchmark|get_lock|release_lock|release_all_locks|load_file|master_pos_wait|"
    r"source_pos_wait|master_gtid_wait|wait_for_executed_gtid_set|nextval|setval)\s*\(",
    re.IGNORECASE,
)
REASONS = {
    1969: f"planning took longer than {TIMEOUT_S:g} s",
    3024: f"planning took longer than {TIMEOUT_S:g} s",
    1205: "one of its tables is locked",
    1064: "the server cannot parse it as one query",
    1792: "it writes, and planning is read-only here",
    1142: "this account may not read its tables",
    1143: "this account may not read its columns",
}
SPOKEN = frozenset({1146, 1054, 1305})
"""Errors whose message names only tables, columns and functions."""


async def explain(
    connection: AsyncConnection, sql: str, parameters: Parameters, /
) -> Plan | NotPlanned:
    """Plan one statement, with NULLs where the log has no values.

    When the server does not answer the connection is invalidated.
    """
    reason = refusal(sql) or waiting(sql)
    if reason:
        return NotPlanned(reason)
    try:
        statement = bound(sql, "mysql", parameters, lambda _, value: literal(value))
        return await asyncio.wait_for(guarded(connection, statement), PATIENCE_S)
    except LookupError:
        return NotPlanned(MISFIT)
    except asyncio.TimeoutError:
        await connection.invalidate()
        return NotPlanned(f"the server did not answer within {PATIENCE_S:g} s")


def waiting(sql: str) -> str | None:
    """Return why a statement is refused that calls a function which waits, locks or reads files."""
    bare, last = [], 0
    for part, case, start, end in spans(sql, "mysql", placeholders=False):
        if part in (Part.STRING, Part.COMMENT) or case == "double":
            bare.append(sql[last:start])
            last = end
    bare.append(sql[last:])
    match = WAITS.search(" ".join(bare))
    return f"it calls {match[1].lower()}()" if match else None


async def guarded(connection: AsyncConnection, statement: Bound) -> Plan | NotPlanned:
    """Plan inside a read-only transaction, and leave nothing behind on the connection."""
    try:
        answer = await planned(connection, statement)
    except DBAPIError as error:
        answer = NotPlanned(told(error))
    except json.JSONDecodeError:
        answer = NotPlanned("the server's plan could not be read")
    await connection.rollback()
    return answer


async def planned(connection: AsyncConnection, statement: Bound) -> Plan | NotPlanned:
    """Prepare and run the EXPLAIN, and read the plan.

    Raises:
        DBAPIError: The server refused it.
    """
    select = equivalent_select(statement.text)
    if select is None:
        return NotPlanned("it writes, and no SELECT reads the same rows")
    mariadb = bool(getattr(connection.dialect, "is_mariadb", False))
    await connection.exec_driver_sql(MARIADB_GUARDS if mariadb else MYSQL_GUARDS)
    version = connection.dialect.server_version_info or ()
    if not mariadb and version >= (8, 3):
        await connection.exec_driver_sql(JSON_VERSION)
    # SET ends no transaction, but a statement before it may have begun one that writes.
    await connection.rollback()
    await connection.exec_driver_sql("START TRANSACTION READ ONLY")
    text = f"EXPLAIN FORMAT=JSON {select}".encode().hex()
    await connection.exec_driver_sql(f"SET @asa_plan = CONVERT(X'{text}' USING utf8mb4)")
    await connection.exec_driver_sql("PREPARE asa_plan FROM @asa_plan")
    try:
        result = await connection.exec_driver_sql("EXECUTE asa_plan")
        nodes, cost = read_plan(str(result.scalar_one()))
        if mariadb and not cost:
            cost = await last_cost(connection)
    finally:
        # A server that fell silent is not asked again: the connection is gone by then.
        if not connection.invalidated:
            await connection.exec_driver_sql("DEALLOCATE PREPARE asa_plan")
    return Plan(nodes, cost, tuple(lines(nodes)))


async def last_cost(connection: AsyncConnection) -> float | None:
    """Return MariaDB's cost of the statement before; None where it did not count one.

    MySQL leaves the number of an older statement standing where it counts none.
    """
    result = await connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Last_query_cost'")
    row: Sequence[Any] = result.one()
    return float(row[1]) or None


def told(error: DBAPIError) -> str:
    """Return a server's error as a reason that holds no stored value."""
    arguments: tuple[Any, ...] = getattr(error.orig, "args", ())
    code = arguments[0] if arguments and isinstance(arguments[0], int) else 0
    if code in SPOKEN:
        return str(arguments[1])
    return REASONS.get(code, f"the server refused it [{code or 'no code'}]")
