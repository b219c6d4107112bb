"""What asa knows of SQLite: `DIALECT`, put together from this package's modules.

`schema` and `explain` are imported at their first use: checking a connection asks neither.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.dialect import Dialect
from asa.database.sqlite.cause import classify
from asa.database.sqlite.copy import copy_file
from asa.database.sqlite.ddl import read_ddl
from asa.database.sqlite.sample import SAMPLING
from asa.database.sqlite.server import read_server
from asa.database.sqlite.session import SESSION
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters
from asa.model.row_snapshot import RowSnapshot
from asa.model.schema import Schema

__all__ = ["DIALECT"]


async def schema_of(connection: AsyncConnection, /) -> Schema:
    """Read the schema of a connection's database."""
    from asa.database.sqlite.schema import read_schema

    return await read_schema(connection)


async def plan_of(
    connection: AsyncConnection, sql: str, parameters: Parameters, /
) -> Plan | NotPlanned:
    """Plan one statement without running it."""
    from asa.database.sqlite.explain import explain

    return await explain(connection, sql, parameters)


async def snapshot_of(connection: AsyncConnection, /) -> RowSnapshot:
    """Read schema, statistics and a sample of the rows of a connection's database."""
    from asa.database.sqlite.snapshot import read_snapshot

    return await read_snapshot(connection)


DIALECT = Dialect(
    name="sqlite",
    driver="aiosqlite",
    transactional_ddl=True,
    server=read_server,
    schema=schema_of,
    explain=plan_of,
    cause=classify,
    session=SESSION,
    sampling=SAMPLING,
    ddl=read_ddl,
    snapshot=snapshot_of,
    copy=copy_file,
)
