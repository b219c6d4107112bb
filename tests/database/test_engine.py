"""Connections outside any pool, and the boundary at which driver errors become asa's."""

import asyncio
import subprocess
import sys

import pytest
from sqlalchemy import text

from asa.database.engine import connection_to, is_driver_error, translated_errors
from asa.database.url import parse_url
from asa.errors import ConfigurationError, DatabaseError


def test_connects_runs_and_closes(database_url: str) -> None:
    async def main() -> int:
        async with connection_to(parse_url(database_url)) as connection:
            return int((await connection.execute(text("SELECT 41 + 1"))).scalar_one())

    assert asyncio.run(main()) == 42


def test_autocommit_needs_no_commit(database_url: str) -> None:
    async def main() -> int:
        async with connection_to(parse_url(database_url), autocommit=True) as connection:
            await connection.exec_driver_sql("CREATE TABLE kept (id INTEGER)")
            await connection.exec_driver_sql("INSERT INTO kept VALUES (7)")
        async with connection_to(parse_url(database_url)) as connection:
            return int((await connection.exec_driver_sql("SELECT id FROM kept")).scalar_one())

    assert asyncio.run(main()) == 7


def test_a_failed_statement_is_a_database_error(database_url: str) -> None:
    async def main() -> None:
        async with connection_to(parse_url(database_url)) as connection:
            await connection.exec_driver_sql("SELECT * FROM nowhere")

    with pytest.raises(DatabaseError) as caught:
        asyncio.run(main())
    assert caught.value.cause == "statement-failed"
    assert "nowhere" in caught.value.message


def test_a_drivers_own_error_is_translated_too(postgresql_url: str) -> None:
    database = parse_url(postgresql_url)

    async def main() -> None:
        import asyncpg

        url = database.url
        async with translated_errors(database):
            await asyncpg.connect(
                host=url.host, port=url.port, user=url.username, password="no", database="x"
            )

    with pytest.raises(DatabaseError) as caught:
        asyncio.run(main())
    assert caught.value.cause == "password"


def test_what_no_driver_raised_passes_through() -> None:
    database = parse_url("postgresql://u@h/d")

    async def main(error: Exception) -> None:
        async with translated_errors(database):
            raise error

    for error in (KeyError("x"), ConfigurationError("x"), ModuleNotFoundError("x", name="shop")):
        with pytest.raises(type(error)):
            asyncio.run(main(error))


def test_knows_driver_errors_without_importing_a_driver() -> None:
    program = (
        "import sys\n"
        "from asa.database.engine import is_driver_error\n"
        "assert not is_driver_error(KeyError())\n"
        "assert is_driver_error(ConnectionRefusedError())\n"
        "loaded = {'asyncpg', 'aiomysql', 'pymysql', 'aiosqlite'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_knows_the_errors_of_each_driver() -> None:
    import sqlite3

    import asyncpg
    import pymysql

    assert is_driver_error(asyncpg.PostgresError())
    assert is_driver_error(asyncpg.InterfaceError("x"))
    assert is_driver_error(pymysql.err.OperationalError(2003, "x"))
    assert is_driver_error(sqlite3.OperationalError())
    assert is_driver_error(ModuleNotFoundError(name="asyncpg"))
    assert not is_driver_error(ModuleNotFoundError(name="app"))
