"""Here servers are started anew: a lent one proves nothing of that.

Each fixture names a dialect of which this machine can start a server.
"""

import asyncio
from collections.abc import Iterator

import pytest

from asa.errors import ScratchError
from asa.scratch import Server, expected_server, start_server


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def startable(request: pytest.FixtureRequest) -> str:
    return checked(request.getfixturevalue(f"{request.param}_server"))


@pytest.fixture(params=["postgresql", "mysql"])
def startable_listening(request: pytest.FixtureRequest) -> str:
    return checked(request.getfixturevalue(f"{request.param}_server"))


@pytest.fixture(scope="module")
def newest() -> Iterator[Server]:
    try:
        server = asyncio.run(start_server("postgresql", at_least=(18,)))
    except ScratchError:
        pytest.skip("no PostgreSQL 18")
    yield server
    asyncio.run(server.stop())


@pytest.fixture
def own_server(database_server: Server) -> Server:
    """The run's server, where asa started it."""
    if database_server.supervised is None:
        pytest.skip("only a lent server here")
    return database_server


@pytest.fixture(params=["postgresql", "mysql"])
def own_listening_server(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(f"{request.param}_server")
    if server.supervised is None:
        pytest.skip("only a lent server here")
    return server


@pytest.fixture
def startable_postgresql(postgresql_server: Server) -> str:
    return checked(postgresql_server)


@pytest.fixture
def startable_mysql(mysql_server: Server) -> str:
    return checked(mysql_server)


def checked(server: Server) -> str:
    try:
        asyncio.run(expected_server(server.dialect))
    except ScratchError as error:
        pytest.skip(f"only a lent server here: {error}")
    return server.dialect
