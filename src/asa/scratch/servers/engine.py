"""The one interface behind which PostgreSQL and MySQL servers differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.scratch.installation import Installation
from asa.scratch.supervision import Plan

__all__ = ["Address", "Engine", "Setup"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a local server listens and how it is entered.

    A server listens on 127.0.0.1 and asks a random password, instead of a trusting Unix
    socket: the URL then has a host, a port and no character that needs quoting, so it
    survives everything that projects do to a URL on its way to their env.py (pydantic's
    PostgresDsn wants a host, ConfigParser trips over the `%2F` of a socket's path, settings
    are taken apart into host and port), with every driver.
    """

    port: int
    password: str


@dataclass(frozen=True, slots=True)
class Setup:
    """What a local server is made from.

    Attributes:
        source: The installation as found.
        installation: The same as it is run: in place, or below the directory once copied.
        settings: The server's own settings, by name, over those of asa.
    """

    source: Installation
    installation: Installation
    address: Address
    directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def placed(self, path: Path) -> Path:
        """Return where a file or directory of the source is when the server runs."""
        below = path.relative_to(self.source.root)
        if self.source.copied and any(below.is_relative_to(part) for part in self.source.parts):
            return self.installation.root / below
        return path


class Engine(Protocol):
    """One kind of server that listens on a port.

    Attributes:
        dialect: `postgresql` or `mysql`.
        title: As people call it.
        hint: What to install where it is missing.
    """

    dialect: str
    title: str
    hint: str

    def installations(self) -> Iterable[Installation]:
        """Yield what may be on this machine, unprobed; of equal versions the first serves."""
        ...

    def plan(self, setup: Setup) -> Plan:
        """Return how to prepare and start a server from an installation."""
        ...

    def url(self, address: Address) -> str:
        """Return the URL of the server's own database, to make others from."""
        ...

    async def create(self, connection: AsyncConnection, name: str) -> None:
        """Make an empty database."""
        ...

    async def drop(self, connection: AsyncConnection, name: str) -> None:
        """Remove a database, ending the connections that are still open to it."""
        ...
