"""What asa knows of PostgreSQL: `DIALECT`, put together from this package's modules.

`schema`, `statistics` and `explain` are imported at their first use: checking a connection
asks none of them.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.dialect import Dialect
from asa.database.postgresql.cause import classify
from asa.database.postgresql.ddl import read_ddl
from asa.database.postgresql.leftover import clear_leftover, invalid_indexes
from asa.database.postgresql.sample import SAMPLING
from asa.database.postgresql.server import read_line_prefix, read_server
from asa.database.postgresql.session import SESSION
from asa.model.activity import Activity, NotCounted
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters
from asa.model.schema import Schema
from asa.model.snapshot import Snapshot
from asa.model.statement_statistics import StatementStatistics

__all__ = ["DIALECT"]


async def schema_of(connection: AsyncConnection, /) -> Schema:
    """Read the schema of a connection's database."""
    from asa.database.postgresql.schema import read_schema

    return await read_schema(connection)


async def snapshot_of(connection: AsyncConnection, /) -> Snapshot:
    """Read what the planner knows of a connection's database."""
    from asa.database.postgresql.statistics import read_snapshot

    return await read_snapshot(connection)


async def plan_of(
    connection: AsyncConnection, sql: str, parameters: Parameters, /
) -> Plan | NotPlanned:
    """Plan one statement without running it."""
    from asa.database.postgresql.explain import explain

    return await explain(connection, sql, parameters)


async def statements_of(connection: AsyncConnection, /) -> StatementStatistics:
    """Read what the server counted of its statements."""
    from asa.database.postgresql.statements import read_statements

    return await read_statements(connection)


async def activity_of(connection: AsyncConnection, /) -> Activity | NotCounted:
    """Read how the tables and indexes of a connection's database were used."""
    from asa.database.postgresql.activity import read_activity

    return await read_activity(connection)


DIALECT = Dialect(
    name="postgresql",
    driver="asyncpg",
    transactional_ddl=True,
    server=read_server,
    schema=schema_of,
    explain=plan_of,
    cause=classify,
    session=SESSION,
    sampling=SAMPLING,
    ddl=read_ddl,
    clear_leftover=clear_leftover,
    invalid_indexes=invalid_indexes,
    snapshot=snapshot_of,
    statements=statements_of,
    activity=activity_of,
    line_prefix=read_line_prefix,
)
