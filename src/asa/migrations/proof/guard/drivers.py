"""Drivers that a project calls without an engine: each must name the scratch database.

Those written in C connect past `socket`, and on a lent server the address alone does not tell
the scratch database from the others. So a driver's own way to connect is wrapped as soon as
the driver is imported.
"""

import asyncio
import importlib.abc
import sqlite3
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from asa.migrations.proof.guard.address import Allowed

__all__ = ["watch_drivers"]

Mend = Callable[[Any, Allowed], None]


def watch_drivers(allowed: Allowed) -> None:
    """Wrap every driver that is imported from now on, and those that are already."""
    for name, mend in MENDS.items():
        if name in sys.modules:
            mend(sys.modules[name], allowed)
    sys.meta_path.insert(0, Watcher(allowed))


class Watcher(importlib.abc.MetaPathFinder):
    """Finds nothing itself; sees to it that a driver is wrapped once it is loaded."""

    def __init__(self, allowed: Allowed) -> None:
        self.allowed = allowed

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the driver's own spec, its loader made to wrap what it loads."""
        mend = MENDS.get(name)
        if mend is None:
            return None
        if mend is refuse_import:
            raise ModuleNotFoundError(f"{name} is left out of a proof", name=name)
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                self.wrap(spec, mend)
                return spec
        return None

    def wrap(self, spec: ModuleSpec, mend: Mend) -> None:
        """Let a loader mend the module that it has run."""
        loader: Any = spec.loader
        run = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            mend(module, self.allowed)

        loader.exec_module = exec_module


def check(allowed: Allowed, dialect: str, host: Any, port: Any, name: Any) -> None:
    """See that a driver is about to connect to the scratch database.

    Raises:
        RefusedError: It is another one.
    """
    named = name.decode(errors="replace") if isinstance(name, bytes) else str(name or "")
    right = allowed.database.dialect == dialect and allowed.server(host, port)
    if not right or named != allowed.name:
        raise allowed.refuse(f"{host or 'localhost'}:{port}/{named}")


def mend_asyncpg(module: Any, allowed: Allowed) -> None:
    """Watch every way into asyncpg: each ends here, its address and database resolved."""
    connect = module._connect_addr

    @wraps(connect)
    async def watched(*, addr: Any, params: Any, **rest: Any) -> Any:
        host, port = addr if isinstance(addr, tuple) else (addr, None)
        check(allowed, "postgresql", host, port, params.database)
        return await connect(addr=addr, params=params, **rest)

    module._connect_addr = watched


def mend_pymysql(module: Any, allowed: Allowed) -> None:
    """Watch PyMySQL's connections."""
    kind = module.Connection
    connect, choose = kind.connect, kind.select_db

    @wraps(connect)
    def watched(self: Any, sock: Any = None) -> Any:
        check(allowed, "mysql", self.unix_socket or self.host, self.port, self.db)
        return connect(self, sock)

    @wraps(choose)
    def chosen(self: Any, db: Any) -> Any:
        check(allowed, "mysql", self.host, self.port, db)
        return choose(self, db)

    kind.connect, kind.select_db = watched, chosen


def mend_aiomysql(module: Any, allowed: Allowed) -> None:
    """Watch aiomysql's connections."""
    kind = module.Connection
    connect, choose = kind._connect, kind.select_db

    @wraps(connect)
    async def watched(self: Any) -> Any:
        check(allowed, "mysql", self._unix_socket or self._host, self._port, self._db)
        return await connect(self)

    @wraps(choose)
    async def chosen(self: Any, db: Any) -> Any:
        check(allowed, "mysql", self._host, self._port, db)
        return await choose(self, db)

    kind._connect, kind.select_db = watched, chosen


def mend_psycopg(module: Any, allowed: Allowed) -> None:
    """Watch psycopg 3: libpq connects past Python's sockets."""
    for name in ("Connection", "AsyncConnection"):
        kind: Any = getattr(module, name)
        kind.connect = classmethod(watched_psycopg(kind.connect.__func__, module, allowed))
    module.connect = module.Connection.connect


def watched_psycopg(connect: Any, module: Any, allowed: Allowed) -> Any:
    """Return psycopg's `connect` behind a look at what it is told."""

    @wraps(connect)
    def watched(kind: Any, conninfo: str = "", **options: Any) -> Any:
        known = module.conninfo.make_conninfo
        own = ("autocommit", "prepare_threshold", "context", "row_factory", "cursor_factory")
        told = {name: value for name, value in options.items() if name not in own}
        parts = module.conninfo.conninfo_to_dict(known(conninfo, **told))
        check_libpq(parts, allowed)
        return connect(kind, conninfo, **options)

    return watched


def mend_psycopg2(module: Any, allowed: Allowed) -> None:
    """Watch psycopg2 likewise."""
    connect = module._connect

    @wraps(connect)
    def watched(dsn: str, *words: Any, **options: Any) -> Any:
        check_libpq(module.extensions.parse_dsn(dsn), allowed)
        return connect(dsn, *words, **options)

    module._connect = watched


def check_libpq(parts: dict[str, Any], allowed: Allowed) -> None:
    """See that what libpq is told, with the environment's defaults, is the scratch database."""
    url = allowed.database.url
    host = parts.get("hostaddr") or parts.get("host") or url.host
    port = parts.get("port") or url.port
    if "service" in parts:
        raise allowed.refuse("a libpq service")
    check(allowed, "postgresql", host, port, parts.get("dbname") or url.database)


def mend_mysqlclient(module: Any, allowed: Allowed) -> None:
    """Watch mysqlclient: its library connects past Python's sockets."""
    kind = module.Connection
    start = kind.__init__

    @wraps(start)
    def watched(self: Any, *words: Any, **options: Any) -> None:
        told = dict(zip(("host", "user", "password", "database", "port"), words, strict=False))
        told.update(options)
        name = told.get("database") or told.get("db")
        where = told.get("unix_socket") or told.get("host")
        check(allowed, "mysql", where, told.get("port", 3306), name)
        start(self, *words, **options)

    kind.__init__ = watched


def mend_sqlite(module: Any, allowed: Allowed) -> None:
    """Keep SQLite's ATTACH and VACUUM INTO from other files; the audit hook sees only `open`."""
    connect = module.connect

    def authorize(action: int, name: Any, *_: Any) -> int:
        if action == sqlite3.SQLITE_ATTACH and name and not allowed.file(name):
            allowed.refuse(f"the SQLite file {Path(str(name)).name}")
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    @wraps(connect)
    def watched(*words: Any, **options: Any) -> Any:
        connection = connect(*words, **options)
        connection.set_authorizer(authorize)
        return connection

    module.connect = sqlite3.connect = watched


def mend_uvloop(module: Any, _allowed: Allowed) -> None:
    """Put asyncio's own loop in uvloop's place: libuv connects past Python's sockets."""
    replacements: dict[str, Any] = {
        "install": lambda: None,
        "new_event_loop": asyncio.new_event_loop,
        "run": asyncio.run,
        "Loop": asyncio.SelectorEventLoop,
        "EventLoopPolicy": getattr(asyncio, "DefaultEventLoopPolicy", None),
    }
    for name, value in replacements.items():
        setattr(module, name, value)


def refuse_import(_module: Any, _allowed: Allowed) -> None:
    """Mark a module that must not be imported; its package goes on without it."""


MENDS: dict[str, Mend] = {
    "asyncpg.connect_utils": mend_asyncpg,
    "pymysql.connections": mend_pymysql,
    "aiomysql.connection": mend_aiomysql,
    "psycopg": mend_psycopg,
    "psycopg2": mend_psycopg2,
    "MySQLdb.connections": mend_mysqlclient,
    "sqlite3.dbapi2": mend_sqlite,
    "uvloop": mend_uvloop,
    # mysql-connector goes on in Python where its C part is not there.
    "_mysql_connector": refuse_import,
}
