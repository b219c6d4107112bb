"""A server that the user lends gets databases of asa's own, and loses them again."""

import asyncio

import pytest
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from asa.errors import ScratchError
from asa.scratch import Server, expected_server, scratch_database, start_server

NAMES = {
    "postgresql": "SELECT datname FROM pg_database",
    "mysql": "SELECT schema_name FROM information_schema.schemata",
}


@pytest.fixture(params=["postgresql", "mysql"])
def lent(request: pytest.FixtureRequest) -> URL:
    """The URL of a server as a user would write it: no driver, no database."""
    url = make_url(request.getfixturevalue(f"{request.param}_url"))
    return url.set(drivername=url.get_backend_name(), database="")


def text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


async def names(url: str) -> set[str]:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            sql = NAMES[make_url(url).get_backend_name()]
            return set((await connection.exec_driver_sql(sql)).scalars())
    finally:
        await engine.dispose()


async def version(url: str) -> str:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return str((await connection.exec_driver_sql("SELECT version()")).scalar_one())
    finally:
        await engine.dispose()


def test_databases_are_made_on_it_and_dropped(lent: URL) -> None:
    async def main() -> None:
        dialect = lent.get_backend_name()
        server = await start_server(dialect, server_url=text(lent))
        async with server.database() as kept:
            async with scratch_database(dialect, server_url=text(lent)) as url:
                assert make_url(url).port == lent.port
                name = make_url(url).database
                assert name in await names(kept)
            assert name not in await names(kept)

    asyncio.run(main())


def test_stopping_drops_what_was_left_on_it(lent: URL) -> None:
    """A lent server is left as it was found."""

    async def main() -> None:
        dialect = lent.get_backend_name()
        server = await start_server(dialect, server_url=text(lent))
        left = await server.create_database()
        async with server.database() as url:
            assert make_url(left).database in await names(url)
        await server.stop()
        async with server.database() as url:
            assert make_url(left).database not in await names(url)

    asyncio.run(main())


def test_it_is_asked_what_it_is(lent: URL) -> None:
    """The version is the server's answer, not that of programs on this machine."""

    async def main() -> None:
        about = await expected_server(lent.get_backend_name(), server_url=text(lent))
        server = await start_server(lent.get_backend_name(), server_url=text(lent))
        assert server.about == about
        async with server.database() as url:
            assert about.version_text in await version(url)

    asyncio.run(main())


def test_its_options_stay_in_the_urls_of_its_databases(postgresql_url: str) -> None:
    """SQLAlchemy hands `ssl` to asyncpg; libpq's `sslmode` it would not know."""
    lent = make_url(postgresql_url).update_query_string("sslmode=prefer&application_name=x")

    async def main() -> None:
        async with scratch_database("postgresql", server_url=text(lent)) as url:
            assert make_url(url).query["ssl"] == "prefer"
            assert "sslmode" not in make_url(url).query

    asyncio.run(main())


def test_what_asa_did_not_make_is_never_dropped(database_server: Server) -> None:
    async def main() -> None:
        url = make_url(await database_server.create_database())
        foreign = url.set(database="/data/shop.sqlite" if not url.host else "shop")
        with pytest.raises(ScratchError, match="is not a scratch database of asa"):
            await database_server.drop_database(text(foreign))
        await database_server.drop_database(text(url))

    asyncio.run(main())


def test_a_lent_server_that_refuses_is_an_error_without_its_password(lent: URL) -> None:
    """What the user named is not silently replaced by another server."""
    wrong = lent.set(password="s3cret-wrong")
    with pytest.raises(ScratchError, match="does not answer") as caught:
        asyncio.run(start_server(lent.get_backend_name(), server_url=text(wrong)))
    shown = f"{caught.value} {caught.value.hint} {caught.value.details}"
    assert "s3cret-wrong" not in shown
    assert caught.value.cause == "password"


def test_a_server_of_another_dialect_is_passed_over(sqlite_server: Server, lent: URL) -> None:
    """One setting names one server; other dialects get theirs as if nothing were set."""

    async def main() -> None:
        async with scratch_database("sqlite", server_url=text(lent)) as url:
            assert make_url(url).get_backend_name() == "sqlite"

    asyncio.run(main())


def test_open_connections_do_not_keep_a_database(database_server: Server) -> None:
    """A pool left open by the code under test, even inside a transaction, is ended."""

    async def main() -> None:
        url = await database_server.create_database()
        engine = create_async_engine(url)
        connection = await engine.connect()
        await connection.exec_driver_sql("CREATE TABLE t (id INTEGER)")
        await connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        await asyncio.wait_for(database_server.drop_database(url), 10)
        await connection.invalidate()
        await engine.dispose()

    asyncio.run(main())
