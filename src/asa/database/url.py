"""A database URL: read as users write it, given its async driver, shown without its secrets."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from asa.database.options import translate
from asa.errors import ConfigurationError

__all__ = ["DatabaseUrl", "parse_url"]

DEFAULT_DRIVERS = {"postgresql": "asyncpg", "mysql": "aiomysql", "sqlite": "aiosqlite"}
OTHER_ASYNC_DRIVERS = {"postgresql": ("psycopg", "psycopg_async"), "mysql": ("asyncmy",)}
FAMILIES = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}
SECRET_OPTIONS = frozenset({"password", "passwd", "sslpassword", "ssl_key_password", "token"})
HIDDEN = "***"


@dataclass(frozen=True, slots=True, repr=False)
class DatabaseUrl:
    """A URL that SQLAlchemy's async engine takes.

    Attributes:
        url: With its async driver and only the options that the driver knows.
        connect_args: What could not be said in the URL (a TLS context).
        notes: What was translated, one clause each.
    """

    url: URL
    connect_args: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"DatabaseUrl({self.shown})"

    @property
    def dialect(self) -> str:
        """`postgresql`, `mysql` or `sqlite`."""
        return FAMILIES[self.url.get_backend_name()]

    @property
    def driver(self) -> str:
        """Name of the async driver."""
        return self.url.get_driver_name()

    @property
    def text(self) -> str:
        """The URL with its password, for an engine; never for the screen."""
        return self.url.render_as_string(hide_password=False)

    @property
    def shown(self) -> str:
        """The URL as it may be shown: no password, no secret options."""
        query = {
            key: HIDDEN if key.lower() in SECRET_OPTIONS else value
            for key, value in self.url.query.items()
        }
        text = self.url.set(query=query).render_as_string(hide_password=True)
        return text.replace(quote(HIDDEN), HIDDEN)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts and sockets that the URL names, in order; none for SQLite or a default."""
        named = self.url.query.get("host") or self.url.query.get("unix_socket") or ()
        listed = named.split(",") if isinstance(named, str) else named
        return tuple(host for host in (self.url.host, *listed) if host)

    @property
    def place(self) -> str:
        """Where it is, in few words: `db.internal/shop`, or the SQLite file."""
        if self.dialect == "sqlite":
            return self.url.database or ":memory:"
        port = f":{self.url.port}" if self.url.port else ""
        return f"{','.join(self.hosts) or 'localhost'}{port}/{self.url.database or ''}"

    @property
    def without_secrets(self) -> str:
        """The URL with neither password nor secret options, for a function that finds them."""
        query = {k: v for k, v in self.url.query.items() if k.lower() not in SECRET_OPTIONS}
        return self.url.set(query=query)._replace(password=None).render_as_string()

    def with_password(self, password: str) -> "DatabaseUrl":
        """Return the URL with another password."""
        return replace(self, url=self.url.set(password=password))

    def anchored(self, base: Path) -> "DatabaseUrl":
        """Return the URL with a relative SQLite file taken from a directory."""
        name = self.url.database or ""
        if self.dialect != "sqlite" or name in ("", ":memory:"):
            return self
        scheme, file = ("file:", name[5:]) if name.startswith("file:") else ("", name)
        if not file or file.startswith((":memory:", "//")) or Path(file).is_absolute():
            return self
        return replace(self, url=self.url.set(database=f"{scheme}{base.resolve() / file}"))

    @property
    def local(self) -> bool:
        """Whether it is a file or on this machine."""
        return all(is_local(host) for host in self.hosts)


def is_local(host: str) -> bool:
    """Tell whether a host or socket is this machine's, by its name alone."""
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # `host:port`, as in a list of several hosts
        name, colon, port = host.rpartition(":")
        return bool(colon) and port.isdigit() and is_local(name)


def parse_url(text: str) -> DatabaseUrl:
    """Read a URL as users write it.

    A missing or synchronous driver is replaced by the dialect's async one, and options are
    translated into what that driver takes.

    Raises:
        ConfigurationError: It is no URL, of a database that asa does not know, or has an
            option that its driver does not know.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise unreadable() from None
    backend, _, driver = url.drivername.partition("+")
    family = FAMILIES.get(backend)
    if family is None:
        raise ConfigurationError(
            f'asa does not know the database "{backend}"',
            "use postgresql://, mysql:// or sqlite://",
        )
    check_parts(url, family, text.partition("?")[2])
    url, notes = with_async_driver(url, family, driver)
    options = translate(url.get_driver_name(), url.query)
    return DatabaseUrl(
        url.set(query=options.query), dict(options.connect_args), (*notes, *options.notes)
    )


def unreadable() -> ConfigurationError:
    """Return the error for a text that is no URL; it may hold a password, so it is not shown."""
    return ConfigurationError(
        "the database URL cannot be read",
        "write it as dialect://user:password@host:port/name; percent-encode @ : / in passwords",
    )


def check_parts(url: URL, family: str, query: str) -> None:
    """Refuse what the URL's grammar lets through and no database can mean.

    Raises:
        ConfigurationError: A part is none that this database can have.
    """
    if family == "sqlite":
        if url.host or url.username or url.password or url.port:
            raise ConfigurationError(
                "an SQLite URL names a file, no host",
                "write sqlite:///relative.db, or sqlite:////absolute.db",
            )
        return
    # A bare @ in a password ends up in one of these, and with it the rest of the password.
    names = [part.partition("=")[0] for part in query.split("&")]
    if any("@" in part for part in (url.host or "", url.database or "", *names)):
        raise unreadable()
    if url.port is not None and not 0 < url.port < 65536:
        raise ConfigurationError(
            f"the URL's port {url.port} does not exist", "use a port from 1 to 65535"
        )


def with_async_driver(url: URL, family: str, driver: str) -> tuple[URL, tuple[str, ...]]:
    """Return the URL with an async driver and a note where one was swapped."""
    default = DEFAULT_DRIVERS[family]
    if driver == default:
        return url, ()
    if driver in OTHER_ASYNC_DRIVERS.get(family, ()) and find_spec(driver.removesuffix("_async")):
        return url, ()
    backend = url.drivername.partition("+")[0]
    backend = family if backend == "postgres" else backend
    notes = (f"driver {driver} read as {default}",) if driver else ()
    return url.set(drivername=f"{backend}+{default}"), notes
