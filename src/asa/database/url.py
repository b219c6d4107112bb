"""A database URL: read as users write it, given its async driver, shown without its secrets."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

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
SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
FALLBACK_MODES = frozenset({"disable", "allow", "prefer"})


@dataclass(frozen=True, slots=True)
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
            key: "***" if key.lower() in SECRET_OPTIONS else value
            for key, value in self.url.query.items()
        }
        return self.url.set(query=query).render_as_string(hide_password=True)

    @property
    def place(self) -> str:
        """Where it is, in few words: `db.internal/shop`, or the SQLite file."""
        if self.dialect == "sqlite":
            return self.url.database or ":memory:"
        host = self.url.host or str(self.url.query.get("host") or "")
        socket = str(self.url.query.get("unix_socket") or "")
        port = f":{self.url.port}" if self.url.port else ""
        return f"{host or socket or 'localhost'}{port}/{self.url.database or ''}"

    @property
    def local(self) -> bool:
        """Whether it is a file or on this machine."""
        host = self.url.host or ""
        return host in ("", "localhost", "127.0.0.1", "::1") and not str(
            self.url.query.get("host") or "/"
        ).strip("/").count(".")


def parse_url(text: str) -> DatabaseUrl:
    """Read a URL as users write it.

    A missing or synchronous driver is replaced by the dialect's async one, libpq's options
    are translated for asyncpg.

    Raises:
        ConfigurationError: It is no URL, or of a database that asa does not know.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "the database URL cannot be read",
            "write it as dialect://user:password@host:port/name; percent-encode @ : / in passwords",
        ) from None
    backend, _, driver = url.drivername.partition("+")
    family = FAMILIES.get(backend)
    if family is None:
        raise ConfigurationError(
            f'asa does not know the database "{backend}"',
            "use postgresql://, mysql:// or sqlite://",
        )
    url, notes = with_async_driver(url, family, driver)
    if family == "postgresql" and url.get_driver_name() == "asyncpg":
        return for_asyncpg(url, notes)
    return DatabaseUrl(url, {}, notes)


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


def for_asyncpg(url: URL, notes: tuple[str, ...]) -> DatabaseUrl:
    """Translate libpq's options into what asyncpg takes.

    Raises:
        ConfigurationError: An option has a value that libpq does not know either.
    """
    query = dict(url.query)
    connect_args: dict[str, object] = {}
    told = list(notes)
    settings: dict[str, str] = {}
    mode = str(query.pop("sslmode", query.pop("ssl", "")) or "")
    root = str(query.pop("sslrootcert", "") or "")
    certificate = str(query.pop("sslcert", "") or "")
    key = str(query.pop("sslkey", "") or "")
    if mode in ("true", "True", "1"):
        mode = "require"
    if mode or root or certificate:
        connect_args["ssl"] = tls(mode or "verify-full", root, certificate, key)
        told.append(f"sslmode={mode or 'verify-full'} given to asyncpg as ssl")
    if "connect_timeout" in query:
        connect_args["timeout"] = float(str(query.pop("connect_timeout")))
    if "application_name" in query:
        settings["application_name"] = str(query.pop("application_name"))
    if "options" in query:
        settings.update(server_options(str(query.pop("options"))))
    for dropped in ("channel_binding", "gssencmode", "sslnegotiation", "keepalives"):
        if dropped in query:
            told.append(f"{dropped} left out: asyncpg has no such option")
            del query[dropped]
    if settings:
        connect_args["server_settings"] = settings
    return DatabaseUrl(url.set(query=query), connect_args, tuple(told))


def tls(mode: str, root: str, certificate: str, key: str) -> ssl.SSLContext | str:
    """Return what asyncpg takes for libpq's TLS options.

    Raises:
        ConfigurationError: The mode is unknown or a file is missing.
    """
    if mode not in SSL_MODES:
        raise ConfigurationError(
            f'sslmode "{mode}" does not exist', f"use one of {', '.join(sorted(SSL_MODES))}"
        )
    if mode in FALLBACK_MODES or not (root or certificate):
        return mode
    for name, file in (("sslrootcert", root), ("sslcert", certificate), ("sslkey", key)):
        if file and file != "system" and not Path(file).is_file():
            raise ConfigurationError(f"{name} names a file that is not there: {file}")
    context = ssl.create_default_context(cafile=root if root and root != "system" else None)
    context.check_hostname = mode == "verify-full"
    if mode == "require" and not root:
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context


def server_options(text: str) -> dict[str, str]:
    """Read libpq's `options` (`-c name=value` or `-cname=value`) into server settings."""
    settings = {}
    for part in text.replace("-c ", "-c").split():
        name, equals, value = part.removeprefix("-c").removeprefix("--").partition("=")
        if equals:
            settings[name] = value
    return settings
