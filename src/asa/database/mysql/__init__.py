"""What asa knows of MySQL: `DIALECT`, put together from this package's modules.

`schema` and `explain` are imported at their first use: checking a connection asks neither.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.dialect import Dialect
from asa.database.mysql.cause import classify
from asa.database.mysql.ddl import read_ddl
from asa.database.mysql.objects import read_objects
from asa.database.mysql.server import read_server
from asa.database.mysql.session import SESSION
from asa.model.activity import Activity, NotCounted
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters
from asa.model.row_snapshot import RowSnapshot
from asa.model.schema import Schema
from asa.model.statement_statistics import StatementStatistics

__all__ = ["DIALECT"]


async def schema_of(connection: AsyncConnection, /) -> Schema:
    """Read the schema of a connection's database."""
    from asa.database.mysql.schema import read_schema

    return await read_schema(connection)


async def plan_of(
    connection: AsyncConnection, sql: str, parameters: Parameters, /
) -> Plan | NotPlanned:
    """Plan one statement without running it."""
    from asa.database.mysql.explain import explain

    return await explain(connection, sql, parameters)


async def statements_of(connection: AsyncConnection, /) -> StatementStatistics:
    """Read what the server counted of its statements."""
    from asa.database.mysql.statements import read_statements

    return await read_statements(connection)


async def activity_of(connection: AsyncConnection, /) -> Activity | NotCounted:
    """Read how the tables and indexes of a connection's database were used."""
    from asa.database.mysql.activity import read_activity

    return await read_activity(connection)


async def snapshot_of(connection: AsyncConnection, /) -> RowSnapshot:
    """Read schema, statistics and a sample of the rows of a connection's database."""
    from asa.database.mysql.snapshot import read_snapshot

    return await read_snapshot(connection)


DIALECT = Dialect(
    name="mysql",
    driver="aiomysql",
    transactional_ddl=False,
    server=read_server,
    schema=schema_of,
    explain=plan_of,
    cause=classify,
    session=SESSION,
    ddl=read_ddl,
    snapshot=snapshot_of,
    statements=statements_of,
    activity=activity_of,
    objects=read_objects,
)
