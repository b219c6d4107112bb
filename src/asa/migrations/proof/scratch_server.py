"""The scratch server of one command, from which its proofs get their databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from asa.database.url import DatabaseUrl, parse_url
from asa.errors import ScratchError
from asa.migrations.own_connection import run_apart
from asa.model.server import Server as About
from asa.scratch import Server, expected_server, start_server

__all__ = ["Bench", "bench_for", "why_no_scratch"]

TITLES = {"postgresql": "PostgreSQL", "mysql": "MySQL or MariaDB", "sqlite": "SQLite"}
TWIN = ' (pip install "asa-toolkit[twin]")'


@dataclass
class Bench:
    """Scratch databases of one dialect; the server starts with the first of them.

    Attributes:
        dialect: `postgresql`, `mysql` or `sqlite`.
        lent: URL of a server that the user lends; None to start one.
        like: The server that it stands in for; None where that is not known.
    """

    dialect: str
    lent: str | None = None
    like: About | None = None
    started: list[Server] = field(default_factory=list)

    @property
    def expected(self) -> About:
        """What the server is or will be.

        Raises:
            ScratchError: None can be had.
        """
        if self.started:
            return self.started[0].about
        return run_apart(expected_server(self.dialect, server_url=self.lent, like=self.like))

    @property
    def server(self) -> Server:
        """The server, started where it is not yet.

        Raises:
            ScratchError: None can be had.
        """
        if not self.started:
            starting = start_server(self.dialect, server_url=self.lent, like=self.like)
            self.started.append(run_apart(starting))
        return self.started[0]

    @property
    def shared(self) -> bool:
        """Whether other databases live on the server."""
        return self.server.supervised is None

    @contextmanager
    def database(self) -> Iterator[DatabaseUrl]:
        """Make an empty database, and drop it after use.

        Raises:
            ScratchError: It cannot be made.
        """
        url = run_apart(self.server.create_database())
        try:
            yield parse_url(url)
        finally:
            run_apart(self.server.drop_database(url))


@contextmanager
def bench_for(dialect: str, lent: str | None, like: About | None = None) -> Iterator[Bench]:
    """Hold scratch databases of a dialect ready for the time of the block."""
    bench = Bench(dialect, lent, like)
    try:
        yield bench
    finally:
        for server in bench.started:
            run_apart(server.stop())


def why_no_scratch(dialect: str, error: ScratchError) -> str:
    """Return why there is no scratch database, as a clause."""
    if error.cause == "missing":
        return f"no scratch {TITLES[dialect]}{TWIN if dialect == 'postgresql' else ''}"
    return error.message
