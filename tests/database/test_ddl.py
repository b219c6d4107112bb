"""The schema of a database, made again from its own DDL in an empty one."""

import asyncio

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.model.schema import Schema
from asa.scratch import start_server

COMMON = (
    "CREATE TABLE parents (id integer PRIMARY KEY, name varchar(20) DEFAULT 'x%y' NOT NULL)",
    (
        "CREATE TABLE children (id integer PRIMARY KEY, parent_id integer, "
        "FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE)"
    ),
    "CREATE UNIQUE INDEX uq ON parents (name)",
    "CREATE VIEW names AS SELECT name FROM parents",
)
OWN = {
    "postgresql": (
        "CREATE TYPE mood AS ENUM ('ok', 'sad')",
        (
            "CREATE TABLE rich (id serial PRIMARY KEY, m mood DEFAULT 'ok', "
            "n integer GENERATED ALWAYS AS IDENTITY, d integer GENERATED ALWAYS AS (id * 2) STORED)"
        ),
    ),
    "mysql": ("CREATE TABLE rich (id integer AUTO_INCREMENT PRIMARY KEY, m enum('ok', 'sad'))",),
    "sqlite": ("CREATE TABLE rich (id integer PRIMARY KEY AUTOINCREMENT, m text CHECK (m > ''))",),
}
INSERTS = {"postgresql": "DEFAULT VALUES", "mysql": "() VALUES ()", "sqlite": "DEFAULT VALUES"}


def test_ddl_makes_the_same_schema(database_url: str) -> None:
    database = parse_url(database_url)
    dialect = dialect_named(database.dialect)

    def escaped(sql: str) -> str:
        return sql.replace("%", "%%") if database.driver == "aiomysql" else sql

    async def ddl_of(statements: tuple[str, ...]) -> tuple[str, ...]:
        async with connection_to(database, autocommit=True) as connection:
            for sql in statements:
                await connection.exec_driver_sql(escaped(sql))
            return await dialect.ddl(connection)

    async def made_again(statements: tuple[str, ...]) -> tuple[Schema, Schema, tuple[str, ...]]:
        lent = None if database.dialect == "sqlite" else database_url
        server = await start_server(database.dialect, server_url=lent)
        url = parse_url(await server.create_database())
        try:
            async with connection_to(url, autocommit=True) as connection:
                for sql in statements:
                    await connection.exec_driver_sql(escaped(sql))
                values = INSERTS[database.dialect]
                await connection.exec_driver_sql(f"INSERT INTO rich {values}")
                await connection.exec_driver_sql("DELETE FROM rich")
                found = await dialect.schema(connection)
                again = await dialect.ddl(connection)
            async with connection_to(database) as connection:
                return await dialect.schema(connection), found, again
        finally:
            await server.drop_database(url.text)
            await server.stop()

    statements = asyncio.run(ddl_of((*COMMON, *OWN[database.dialect])))
    one, other, again = asyncio.run(made_again(statements))
    assert {table.name: table.columns for table in one.tables} == {
        table.name: table.columns for table in other.tables
    }
    assert [(t.name, t.indexes, t.foreign_keys) for t in one.tables] == [
        (t.name, t.indexes, t.foreign_keys) for t in other.tables
    ]
    assert sorted(again) == sorted(statements)
