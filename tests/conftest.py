"""Real databases for every test: fresh, empty, on servers started once per run.

`sqlite_url`, `postgresql_url` and `mysql_url` yield the async SQLAlchemy URL of a database of
the test's own; `database_url` runs the test on all three.

A server is looked for in this order: `ASA_TEST_POSTGRESQL_URL` and `ASA_TEST_MYSQL_URL`,
programs installed on this machine, the PostgreSQL wheel, the distribution's MariaDB package
unpacked into the checkout's cache; with `ASA_TEST_MYSQL=mysql` Debian's MySQL instead, for
everything that asks for MySQL, and with `ASA_TEST_POSTGRESQL=14` a wheel's PostgreSQL of that
version. Tests of an engine that cannot be had are skipped, and the
last line of the run says so; `ASA_TEST_REQUIRE=postgresql,mysql` makes that a failure.
"""

import asyncio
import os
from collections.abc import Iterator

import hypothesis
import pytest
from tests import postgresql
from tests.packages import UnavailableError, provide_mysql

from asa.errors import ScratchError
from asa.scratch import Server, start_server

DIALECTS = ("sqlite", "postgresql", "mysql")
MISSING = pytest.StashKey[dict[str, str]]()

# A busy machine is no fault of the code: properties have no time limit of their own.
hypothesis.settings.register_profile("asa", deadline=None)
hypothesis.settings.load_profile("asa")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[MISSING] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    missing = terminalreporter.config.stash[MISSING]
    if missing:
        said = "; ".join(f"{dialect} ({reason})" for dialect, reason in missing.items())
        terminalreporter.write_line(f"NOT TESTED: {said}", red=True, bold=True)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let what asa keeps for the next time lie where no user finds it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def sqlite_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from running("sqlite", request.config)


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from running("postgresql", request.config)


@pytest.fixture(scope="session")
def mysql_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from running("mysql", request.config)


@pytest.fixture
def sqlite_url(sqlite_server: Server) -> Iterator[str]:
    yield from fresh_database(sqlite_server)


@pytest.fixture
def postgresql_url(postgresql_server: Server) -> Iterator[str]:
    yield from fresh_database(postgresql_server)


@pytest.fixture
def mysql_url(mysql_server: Server) -> Iterator[str]:
    yield from fresh_database(mysql_server)


@pytest.fixture(params=DIALECTS)
def database_server(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(f"{request.param}_server")
    return server


@pytest.fixture
def database_url(database_server: Server) -> Iterator[str]:
    yield from fresh_database(database_server)


def running(dialect: str, config: pytest.Config) -> Iterator[Server]:
    """Start a server for the whole run, or skip (or fail) every test that asks for it."""
    lent = os.environ.get(f"ASA_TEST_{dialect.upper()}_URL")
    required = lent or dialect in os.environ.get("ASA_TEST_REQUIRE", "").split(",")
    reason = ""
    try:
        server = started(dialect, lent)
    except (ScratchError, UnavailableError) as error:
        reason = "; ".join([str(error), *(text for _, text in getattr(error, "details", ()))])
    if reason:
        config.stash[MISSING][dialect] = reason
        if required:
            pytest.fail(f"{dialect} is required: {reason}", pytrace=False)
        pytest.skip(f"no {dialect}: {reason}")
    try:
        yield server
    finally:
        asyncio.run(server.stop())


def started(dialect: str, lent: str | None) -> Server:
    """Start a server; one that is not installed from an unpacked package."""
    version = os.environ.get("ASA_TEST_POSTGRESQL")
    if dialect == "postgresql" and version and not lent:
        return asyncio.run(postgresql.start(version))
    like = provide_mysql() if dialect == "mysql" and not lent else None
    return asyncio.run(start_server(dialect, server_url=lent, like=like))


def fresh_database(server: Server) -> Iterator[str]:
    """Make a database for one test and drop it after."""
    url = asyncio.run(server.create_database())
    yield url
    asyncio.run(server.drop_database(url))
