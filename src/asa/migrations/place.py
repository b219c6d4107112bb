"""Which database a connection really leads to, compared with the one that the user named."""

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, Connection

from asa.database.url import DatabaseUrl
from asa.model.server import Server

__all__ = ["Place", "place_of", "same_place"]

DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306}
LOCAL_NAMES = frozenset({"", "localhost", "127.0.0.1", "::1"})
FLAVOURS = {"postgresql": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}


@dataclass(frozen=True, slots=True)
class Place:
    """What env.py connected to.

    Attributes:
        url: Its address, with the password; only `url.place` and `url.shown` go on screen.
        server: What answered there.
    """

    url: DatabaseUrl
    server: Server

    @property
    def local(self) -> bool:
        """Whether it is SQLite or a server on this machine."""
        return self.url.dialect == "sqlite" or self.url.local

    def __str__(self) -> str:
        return f"{self.server}   {self.url.place}"


def place_of(connection: Connection) -> Place:
    """Return where a connection leads and what answered."""
    url = connection.engine.url
    dialect = connection.dialect
    family = DatabaseUrl(url).dialect
    version = getattr(dialect, "server_version_info", None) or ()
    flavour = "MariaDB" if getattr(dialect, "is_mariadb", False) else FLAVOURS[family]
    numbers = tuple(part for part in version if isinstance(part, int))[:3]
    shown = numbers[:2] if flavour == "PostgreSQL" else numbers
    text = ".".join(str(number) for number in shown)
    return Place(DatabaseUrl(url), Server(family, flavour, numbers, text))


def same_place(one: DatabaseUrl, other: DatabaseUrl) -> bool:
    """Tell whether two URLs name the same database, whatever driver, role or options they use."""
    return identity(one) == identity(other)


def identity(database: DatabaseUrl) -> tuple[str, ...]:
    """Return what tells one database from another."""
    url, family = database.url, database.dialect
    if family == "sqlite":
        return (family, sqlite_file(url))
    host = url.host or first(url.query.get("host")) or first(url.query.get("unix_socket"))
    if host in LOCAL_NAMES or host.startswith("/"):
        host = "localhost"
    port = url.port or int(first(url.query.get("port")) or DEFAULT_PORTS[family])
    return (family, host.lower(), str(port), url.database or "")


def sqlite_file(url: URL) -> str:
    """Return the absolute path of an SQLite database; `:memory:` as it is."""
    name = (url.database or ":memory:").removeprefix("file:").partition("?")[0]
    return name if name == ":memory:" else os.path.normpath(Path(name).absolute())


def first(value: str | tuple[str, ...] | None) -> str:
    """Return the first of a URL option's values."""
    if isinstance(value, tuple):
        return value[0] if value else ""
    return value or ""
