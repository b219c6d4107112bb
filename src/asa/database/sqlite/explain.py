"""Plan a SQLite statement with EXPLAIN QUERY PLAN, on a connection that cannot write.

SQLite prepares the statement and runs none of it. What is guarded against is what happens
while preparing: some PRAGMAs take effect there, even behind EXPLAIN
(https://www.sqlite.org/pragma.html), so only queries and row changes are let through.
"""

import asyncio
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.foreign_sql import MISFIT, bound, refusal
from asa.model.plan import Access, NotPlanned, Plan, PlanNode
from asa.model.record import Parameters

__all__ = ["asked", "explain", "plan_of_rows"]

TIMEOUT_S = 2.0

READ = re.compile(
    r"(?P<kind>SCAN|SEARCH)\s+(?:TABLE\s+)?(?P<table>\S+)(?:\s+AS\s+(?P<alias>\S+))?"
    r"(?:\s+USING\s+(?:AUTOMATIC\s+)?(?:PARTIAL\s+)?(?:COVERING\s+)?"
    r"(?:INDEX\s+(?P<index>\S+)|INTEGER PRIMARY KEY|INDEX))?"
    r"(?:\s+\((?P<condition>.*)\))?"
)


async def explain(
    connection: AsyncConnection, sql: str, parameters: Parameters, /
) -> Plan | NotPlanned:
    """Plan one statement; NULLs stand in where the log has no values.

    After a time-out the connection is invalidated.
    """
    reason = refusal(sql)
    if reason:
        return NotPlanned(reason)
    try:
        text, values = asked(sql, parameters)
        await connection.exec_driver_sql("PRAGMA query_only=ON")
        rows = await asyncio.wait_for(plan_rows(connection, text, values), TIMEOUT_S)
    except LookupError:
        return NotPlanned(MISFIT)
    except asyncio.TimeoutError:
        await connection.invalidate()
        return NotPlanned(f"planning took longer than {TIMEOUT_S:g} s")
    except sqlite3.Warning as error:
        # Before Python 3.11 a second statement is a warning, which SQLAlchemy does not wrap.
        return NotPlanned(told(error))
    except DBAPIError as error:
        return NotPlanned(told(error.orig or error))
    return plan_of_rows(rows)


async def plan_rows(
    connection: AsyncConnection, sql: str, values: tuple[object, ...]
) -> Sequence[Sequence[Any]]:
    """Return the rows of EXPLAIN QUERY PLAN: (id, parent, unused, detail)."""
    return (await connection.exec_driver_sql(sql, values)).all()


def asked(sql: str, parameters: Parameters) -> tuple[str, tuple[object, ...]]:
    """Return the EXPLAIN of a statement, and its values.

    Raises:
        LookupError: There are fewer values than placeholders.
    """
    statement = bound(sql, "sqlite", parameters, lambda position, _: f"?{position + 1}")
    return f"EXPLAIN QUERY PLAN {statement.text}", statement.values


def told(error: BaseException) -> str:
    """Return a driver's error as a reason that holds no stored value."""
    text = str(error)
    if "one statement at a time" in text:
        return "more than one statement"
    if isinstance(error, sqlite3.ProgrammingError):
        return MISFIT
    if text.startswith(("no such table", "no such column", "no such function")):
        return text
    if "syntax error" in text or "incomplete input" in text:
        return "SQLite cannot parse it"
    return f"SQLite refused it: {type(error).__name__}"


def plan_of_rows(rows: Iterable[Sequence[Any]]) -> Plan:
    """Return the plan that rows of (id, parent, unused, detail) describe."""
    listed = [(int(row[0]), int(row[1]), str(row[3])) for row in rows]
    below: dict[int, list[tuple[int, str]]] = {}
    for identity, parent, detail in listed:
        below.setdefault(parent, []).append((identity, detail))
    return Plan(nodes_below(0, below), lines=tuple(lines_below(0, below)))


def nodes_below(parent: int, below: Mapping[int, list[tuple[int, str]]]) -> tuple[PlanNode, ...]:
    """Return the nodes under a row."""
    return tuple(
        node(detail, nodes_below(identity, below)) for identity, detail in below.get(parent, ())
    )


def lines_below(
    parent: int, below: Mapping[int, list[tuple[int, str]]], depth: int = 0
) -> Iterable[str]:
    """Yield the plan's lines, indented by two for each level."""
    for identity, detail in below.get(parent, ()):
        yield "  " * depth + detail
        yield from lines_below(identity, below, depth + 1)


def node(detail: str, children: tuple[PlanNode, ...]) -> PlanNode:
    """Return the node of one line of detail."""
    match = READ.match(detail)
    if not match or match["table"] == "CONSTANT" or match["table"].startswith("("):
        return PlanNode(detail, children=children)
    access = Access.INDEX if match["kind"] == "SEARCH" else Access.FULL
    if "AUTOMATIC" in detail:
        # SQLite builds that index anew for each run, by reading all of the table.
        access = Access.FULL
    return PlanNode(
        match["kind"],
        access,
        table=match["table"],
        alias=match["alias"],
        index=match["index"],
        condition=match["condition"],
        children=children,
        covering="COVERING" in detail or "INTEGER PRIMARY KEY" in detail,
    )
