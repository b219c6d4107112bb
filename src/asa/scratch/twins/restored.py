"""A throwaway database made of a snapshot that holds rows, to plan on as on the real one."""

import secrets
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from asa.database.engine import connection_to
from asa.database.mysql.schema import quoted as mysql_quoted
from asa.database.mysql.statistics import SETTINGS, SampledTable
from asa.database.sqlite.schema import quoted as sqlite_quoted
from asa.database.sqlite.snapshot import STATISTICS
from asa.database.url import DatabaseUrl, parse_url
from asa.model.finding import Unproved
from asa.model.row_snapshot import RowSnapshot, SavedRows, Value
from asa.model.snapshot import Definition
from asa.scratch.server import Server
from asa.scratch.start import start_server
from asa.scratch.twins.mysql import MysqlTwin
from asa.scratch.twins.mysql_sample import copied, ran, setting, unfit
from asa.scratch.twins.twin import Twin
from asa.sql.statement import single_statement

__all__ = ["Restored", "restored"]

ACCOUNT = "asa_snapshot"
MADE = frozenset(
    {
        *(sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_CREATE_VIEW),
        *(sqlite3.SQLITE_CREATE_VTABLE, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE),
        *(sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION),
        *(sqlite3.SQLITE_REINDEX, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_ANALYZE),
        *(sqlite3.SQLITE_DELETE, sqlite3.SQLITE_RECURSIVE),
    }
)
"""What the statements of a snapshot, which may be a stranger's, can do: nothing to other files."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A database made of a snapshot.

    Attributes:
        database: Schema, statistics and the sample.
        twin: To try indexes on; None where one is made of the database itself.
        rows: Of each whole table.
        shares: Of each table, the part that is here.
    """

    database: DatabaseUrl
    twin: Twin | None
    rows: Mapping[str, int]
    shares: Mapping[str, float]


@asynccontextmanager
async def restored(snapshot: RowSnapshot) -> AsyncIterator[Restored | Unproved]:
    """Make a database of a snapshot, or say why that cannot be done here."""
    mysql = snapshot.server.dialect == "mysql"
    reason = await unfit(snapshot.server) if mysql else None
    if reason is not None:
        yield Unproved(reason)
        return
    scratch = await start_server(snapshot.server.dialect, like=snapshot.server)
    try:
        making = restored_mysql if mysql else restored_sqlite
        async with making(scratch, snapshot) as made:
            yield made
    finally:
        await scratch.stop()


@asynccontextmanager
async def restored_sqlite(scratch: Server, snapshot: RowSnapshot) -> AsyncIterator[Restored]:
    """Make a SQLite file."""
    database = parse_url(await scratch.create_database())
    with closing(sqlite3.connect(Path(database.url.database or ""))) as connection:
        connection.set_authorizer(lambda act, *_: 0 if act in MADE else sqlite3.SQLITE_DENY)
        for one in snapshot.definitions:
            written(connection, one.sql)
        if snapshot.statistics:
            # Of empty tables: it makes the tables that the statistics go into.
            connection.execute("ANALYZE")
        for name in STATISTICS:
            insert(connection, name, snapshot.statistics.get(name, ()))
        made = [table for table in snapshot.tables if filled(connection, table)]
        connection.commit()
    yield Restored(
        database, None, {table.table: table.total for table in made}, {t.table: 1.0 for t in made}
    )


def filled(connection: sqlite3.Connection, table: SavedRows) -> bool:
    """Write the sample of a table; tell whether the table is there."""
    names = ", ".join(map(sqlite_quoted, table.columns))
    place = f"{sqlite_quoted(table.table)} ({names})"
    try:
        insert(connection, place, table.rows)
    except sqlite3.Error:
        return False
    return True


def insert(connection: sqlite3.Connection, place: str, rows: Sequence[Sequence[Value]]) -> None:
    """Insert rows; one that the schema refuses is left out."""
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT OR IGNORE INTO {place} VALUES ({marks})", rows)  # noqa: S608  (names are quoted)


def written(connection: sqlite3.Connection, sql: str) -> bool:
    """Run one statement of the schema; tell whether it could be run."""
    try:
        connection.execute(sql)
    except (sqlite3.Error, sqlite3.Warning):
        return False
    return True


@asynccontextmanager
async def restored_mysql(scratch: Server, snapshot: RowSnapshot) -> AsyncIterator[Restored]:
    """Make two databases: one as it was, and one in which indexes are tried."""
    saved = {table.table: table for table in snapshot.tables}

    async def sampled(table: SampledTable) -> AsyncIterator[Sequence[Sequence[Value]]]:
        yield saved[table.name].rows

    tables = [
        SampledTable(one.name, one.sql, own.columns, None, own.total, own.share)
        for one in snapshot.definitions
        if one.kind == "table" and (own := saved.get(one.name)) and is_single(one)
    ]
    foreign = [f"table {one.name}" for one in snapshot.definitions if not is_single(one)]
    database, tried = await private(scratch), await private(scratch)
    async with connection_to(database, autocommit=True) as whole:
        await copied(whole, tables, sampled, references=True)
        for one in snapshot.definitions:
            if one.kind == "view" and is_single(one):
                await ran(whole, one.sql)
    async with (
        connection_to(tried, autocommit=True) as connection,
        connection_to(tried) as planner,
    ):
        lacks = (*snapshot.left_out, *foreign, *await copied(connection, tables, sampled))
        for name, value in snapshot.settings.items():
            if name in SETTINGS:
                await ran(planner, f"SET SESSION {name} = {setting(value)}")
        await planner.rollback()
        server = snapshot.server
        twin = MysqlTwin(connection, planner, server, scratch.about, tables, lacks)
        await twin.read_indexes()
        made = {table.name: table for table in tables if f"table {table.name}" not in lacks}
        yield Restored(
            database,
            twin,
            {name: table.rows for name, table in made.items()},
            {name: table.share for name, table in made.items()},
        )


def is_single(one: Definition) -> bool:
    """Tell whether a definition is one statement: what follows it would be a stranger's."""
    return single_statement(one.sql, "mysql") is not None


async def private(scratch: Server) -> DatabaseUrl:
    """Make a database, and an account that may nothing outside it.

    The snapshot may be a stranger's, and what it defines is run by that account.
    """
    database = parse_url(await scratch.create_database())
    name, account = database.url.database or "", f"{ACCOUNT}_{secrets.token_hex(4)}"
    secret = secrets.token_urlsafe(24)
    async with connection_to(database, autocommit=True) as admin:
        await admin.exec_driver_sql(f"CREATE USER '{account}'@'%%' IDENTIFIED BY '{secret}'")
        await admin.exec_driver_sql(f"GRANT ALL ON {mysql_quoted(name)}.* TO '{account}'@'%%'")
    url = make_url(database.url).set(username=account, password=secret)
    return parse_url(url.render_as_string(hide_password=False))
