"""Plan a PostgreSQL statement without running it.

EXPLAIN runs IMMUTABLE and STABLE functions while planning, and whatever such a function
does in truth. So each statement goes through `PREPARE` over the extended protocol, which
takes one query or row change and nothing else, inside a read-only transaction with short
time-outs that is always rolled back. `EXPLAIN (FORMAT JSON) EXECUTE` then plans it with the
log's values; without any, with the generic plan.
"""

import asyncio
import json
import secrets
from weakref import WeakKeyDictionary

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.foreign_sql import MISFIT, Bound, bound, refusal
from asa.database.postgresql.literal import literal
from asa.model.plan import NotPlanned, Plan
from asa.model.postgresql_plan import plan_of
from asa.model.record import Parameters

__all__ = ["explain"]

TIMEOUT_S = 2.0
PATIENCE_S = TIMEOUT_S + 3
"""The server ends a statement itself; this is for a server that does not answer at all."""

GUARDS = f"""
SELECT set_config('transaction_read_only', 'on', true),
       set_config('statement_timeout', '{TIMEOUT_S * 1000:.0f}', true),
       set_config('lock_timeout', '500', true),
       set_config('standard_conforming_strings', 'on', true)
"""
PREPARED = """
SELECT current_setting('transaction_read_only') AS read_only,
       cardinality(parameter_types) AS wanted
FROM pg_prepared_statements WHERE name = '{name}'
"""
NAMES: WeakKeyDictionary[AsyncConnection, str] = WeakKeyDictionary()
"""What each connection calls its prepared statement: the server parses the same words once."""
GENERIC = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true)"
UNLOCK = "SELECT pg_advisory_unlock_all()"

SPOKEN = frozenset({"42P01", "42703", "42883", "42501", "3F000"})
"""Errors whose message names only tables, columns and functions."""
REASONS = {
    "57014": f"planning took longer than {TIMEOUT_S:g} s",
    "55P03": "one of its tables is locked",
    "25006": "planning it would write",
    "42P18": "the type of a placeholder cannot be told",
    "42601": "PostgreSQL cannot parse it as a query",
}


async def explain(
    connection: AsyncConnection, sql: str, parameters: Parameters, /
) -> Plan | NotPlanned:
    """Plan one statement; the generic plan where the log has no values.

    When the server does not answer the connection is invalidated.
    """
    reason = refusal(sql)
    if reason:
        return NotPlanned(reason)
    try:
        statement = bound(sql, "postgresql", parameters, lambda position, _: f"${position + 1}")
        return await asyncio.wait_for(guarded(connection, statement), PATIENCE_S)
    except LookupError:
        return NotPlanned(MISFIT)
    except asyncio.TimeoutError:
        await connection.invalidate()
        return NotPlanned(f"the server did not answer within {PATIENCE_S:g} s")


async def guarded(connection: AsyncConnection, statement: Bound) -> Plan | NotPlanned:
    """Plan inside a read-only transaction, and leave nothing behind on the connection."""
    name = NAMES.setdefault(connection, f"asa_{secrets.token_hex(6)}")
    try:
        answer: Plan | NotPlanned = await planned(connection, statement, name)
        await connection.exec_driver_sql(f"DEALLOCATE {name}")
    except DBAPIError as error:
        answer = NotPlanned(told(error))
        await deallocate(connection, name)
    except ValueError as error:
        answer = NotPlanned(str(error))
        await deallocate(connection, name)
    # A session's advisory locks outlive the transaction that took them.
    await connection.exec_driver_sql(UNLOCK)
    await connection.rollback()
    return answer


async def deallocate(connection: AsyncConnection, name: str) -> None:
    """Remove a prepared statement, if it came to be; an aborted transaction takes no command."""
    NAMES.pop(connection, None)
    await connection.rollback()
    if (await connection.exec_driver_sql(PREPARED.format(name=name))).all():
        await connection.exec_driver_sql(f"DEALLOCATE {name}")


async def planned(connection: AsyncConnection, statement: Bound, name: str) -> Plan | NotPlanned:
    """Prepare, plan with the values, and read the plan.

    Raises:
        DBAPIError: The server refused it.
        ValueError: A value cannot be written in SQL.
    """
    await connection.exec_driver_sql(GUARDS)
    await connection.exec_driver_sql(f"PREPARE {name} AS {statement.text}")
    state = (await connection.exec_driver_sql(PREPARED.format(name=name))).mappings().one()
    read_only, wanted = state["read_only"], state["wanted"]
    if read_only != "on":
        return NotPlanned("the connection takes no read-only transaction")
    if statement.known and wanted != len(statement.values):
        return NotPlanned(MISFIT)
    if not statement.known and wanted:
        await connection.exec_driver_sql(GENERIC)
    values = statement.values if statement.known else (None,) * wanted
    arguments = f"({', '.join(map(literal, values))})" if wanted else ""
    result = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) EXECUTE {name}{arguments}")
    answer = result.scalar_one()
    top = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan_of(top)


def told(error: DBAPIError) -> str:
    """Return a server's error as a reason that holds no stored value."""
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or ""
    text = str(error.orig)
    if "multiple commands" in text:
        return "more than one statement"
    if state in SPOKEN:
        return text.splitlines()[0].rpartition(">: ")[2]
    if state.startswith("22"):
        return MISFIT
    return REASONS.get(state, f"PostgreSQL refused it [{state or 'no code'}]")
