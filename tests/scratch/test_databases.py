"""Every engine gives usable, empty, separate databases."""

import asyncio

from sqlalchemy.ext.asyncio import create_async_engine

from asa.scratch import Server


def test_a_database_is_usable_through_sqlalchemy(database_url: str) -> None:
    """A table can be made, filled and read through an async engine."""

    async def main() -> list[str]:
        engine = create_async_engine(database_url)
        async with engine.begin() as connection:
            await connection.exec_driver_sql("CREATE TABLE t (word VARCHAR(20))")
            await connection.exec_driver_sql("INSERT INTO t VALUES ('déjà vu 🐘')")
        async with engine.connect() as connection:
            rows = (await connection.exec_driver_sql("SELECT word FROM t")).scalars().all()
        await engine.dispose()
        return list(rows)

    assert asyncio.run(main()) == ["déjà vu 🐘"]


def test_databases_of_one_server_are_separate(database_server: Server) -> None:
    """A table of one database is not in another, made at the same time."""

    async def main() -> None:
        async with database_server.database() as one, database_server.database() as other:
            for url in (one, other):
                engine = create_async_engine(url)
                async with engine.begin() as connection:
                    await connection.exec_driver_sql("CREATE TABLE t (id INTEGER)")
                await engine.dispose()

    asyncio.run(main())
