"""Everything of this directory runs on MySQL itself, whatever the other tests run on."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from tests.conftest import MISSING
from tests.packages import MYSQL, UnavailableError, unpacked_mysql

from asa.errors import ScratchError
from asa.scratch import Server, start_server


@pytest.fixture(scope="module")
def mysql_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """MySQL, first on the PATH for what starts servers of its own."""
    with pytest.MonkeyPatch.context() as patch:
        try:
            programs = unpacked_mysql()
            patch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
            server = asyncio.run(start_server("mysql", like=MYSQL))
        except (ScratchError, UnavailableError) as error:
            request.config.stash[MISSING]["MySQL itself"] = str(error)
            pytest.skip(f"no MySQL: {error}")
        yield server
        asyncio.run(server.stop())


@pytest.fixture
def database_server(mysql_server: Server) -> Server:
    """The one database of the tests that elsewhere run on three."""
    return mysql_server
