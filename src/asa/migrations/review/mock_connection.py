"""A SQLAlchemy connection that leads nowhere: it notes statements and answers with no rows.

A revision may ask `op.get_bind()` for anything, with Core, a Session or the Inspector: the
statements come here, compiled for the dialect, and no database is near.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.mysql.base import MySQLDialect
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import StaticPool

from asa.migrations.review.reflection import Reflected
from asa.migrations.review.schema_state import Passage

__all__ = ["Hear", "ReachedOutError", "connected_nowhere", "kept_in"]

Hear = Callable[[str], None]
"""Takes one statement; or, behind a blank, what is done to the connection itself."""

BASES: dict[str, type[DefaultDialect]] = {
    "postgresql": PGDialect,
    "mysql": MySQLDialect,
    "sqlite": SQLiteDialect,
}
VERSIONS = {"postgresql": (16, 0), "mysql": (8, 0, 36), "sqlite": (3, 45, 0)}
SCHEMAS = {"postgresql": "public", "mysql": "nowhere", "sqlite": None}
ANSWERING = ("select", "with", "show", "pragma", "explain", "values", "describe", "table")
REACHING = frozenset(
    ("socket.connect", "sqlite3.connect", "subprocess.Popen", "os.system", "os.posix_spawn")
)


class NowhereError(Exception):
    """Stands for a driver's error; never raised."""


class ReachedOutError(Exception):
    """A revision wanted to connect somewhere, or start a program, while it was only read."""


class Cursor:
    """A driver's cursor without rows."""

    rowcount = 0
    arraysize = 1
    lastrowid = None

    def __init__(self) -> None:
        self.description: list[tuple[Any, ...]] | None = None

    def fetchone(self) -> None:
        """Return no row."""

    def fetchmany(self, _size: int | None = None) -> list[Any]:
        """Return no rows."""
        return []

    def fetchall(self) -> list[Any]:
        """Return no rows."""
        return []

    def close(self) -> None:
        """Do nothing."""


class DriverConnection:
    """A driver's connection that leads nowhere."""

    def cursor(self, *_: Any) -> Cursor:
        """Return a cursor."""
        return Cursor()

    def nothing(self, *_: Any) -> None:
        """Do nothing."""

    commit = rollback = close = nothing


class Unconnected(Reflected):
    """What every dialect's dialect does differently here; mixed in before its own class."""

    driver = "nowhere"
    insert_returning = False
    use_insertmanyvalues = False
    preexecute_autoincrement_sequences = False
    hear: Hear

    def do_execute(
        self, cursor: Cursor, statement: str, _parameters: Any, context: Any = None
    ) -> None:
        """Note a statement and prepare its empty answer."""
        self.hear(statement)
        cursor.description = columns(statement, context)

    def do_executemany(
        self, cursor: Cursor, statement: str, _parameters: Any, context: Any = None
    ) -> None:
        """Note a statement that would run for several parameter sets."""
        self.do_execute(cursor, statement, None, context)

    def do_execute_no_params(self, cursor: Cursor, statement: str, context: Any = None) -> None:
        """Note a statement without parameters."""
        self.do_execute(cursor, statement, None, context)

    def set_isolation_level(self, _connection: Any, level: str) -> None:
        """Note a change of the connection's isolation."""
        self.hear(f" isolation {level}")

    def set_connection_execution_options(
        self, _connection: Any, options: Mapping[str, Any]
    ) -> None:
        """Note a change of the connection's isolation, which SQLAlchemy would refuse here."""
        if "isolation_level" in options:
            self.hear(f" isolation {options['isolation_level']}")

    def get_isolation_level(self, _connection: Any) -> str:
        """Return what holds by default."""
        return "READ COMMITTED"

    get_default_isolation_level = get_isolation_level

    def get_isolation_level_values(self, _connection: Any = None) -> Sequence[str]:
        """Return every level that can be asked for."""
        return (
            "AUTOCOMMIT",
            "READ COMMITTED",
            "READ UNCOMMITTED",
            "REPEATABLE READ",
            "SERIALIZABLE",
        )

    def nothing(self, *_: Any, **__: Any) -> None:
        """Do nothing."""

    do_begin = do_commit = do_rollback = do_close = reset_isolation_level = nothing


def columns(statement: str, context: Any) -> list[tuple[Any, ...]] | None:
    """Return a cursor's description; None for a statement that returns no rows."""
    compiled = getattr(context, "compiled", None)
    known = getattr(compiled, "_result_columns", None)
    blank = (None,) * 6
    if known:
        return [(entry[0], *blank) for entry in known]
    text = statement.lower()
    if text.lstrip().startswith(ANSWERING) or " returning " in text:
        return [("value", *blank)]
    return None


@cache
def dialect_class(dialect: str) -> Any:
    """Return the class of a dialect whose connections lead nowhere."""
    # SQLAlchemy asks the class itself, not those it inherits from.
    own = {"supports_statement_cache": False}
    return type("NowhereDialect", (Unconnected, BASES[dialect]), own)


@contextmanager
def connected_nowhere(
    dialect: str,
    hear: Hear,
    passage: Passage,
    version: tuple[int, ...] = (),
    *,
    mariadb: bool = False,
) -> Iterator[Connection]:
    """Open a connection of a dialect that leads nowhere, inside a transaction.

    Args:
        dialect: `postgresql`, `mysql` or `sqlite`.
        hear: Takes each statement.
        passage: The schema that an Inspector is told.
        version: Of the server that it stands for; empty for a recent one.
        mariadb: Whether that one is MariaDB.
    """
    kind = dialect_class(dialect)
    style = "qmark" if dialect == "sqlite" else "pyformat"
    module = SimpleNamespace(Error=NowhereError, paramstyle=style, Binary=bytes)
    module.sqlite_version_info = VERSIONS["sqlite"]
    made: Any = kind(dbapi=module, paramstyle=style)
    made.hear = hear
    made.passage = passage
    made.server_version_info = version or VERSIONS[dialect]
    made.default_schema_name = SCHEMAS[dialect]
    if dialect == "mysql":
        made.is_mariadb = mariadb
        made._casing = 0
    # The pool holds one driver's connection: nothing is opened by a second one.
    pool = StaticPool(DriverConnection, dialect=made)  # type: ignore[arg-type]
    engine = Engine(pool, made, URL.create(dialect))
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


class Door:
    """Whether Python's reaching out is refused; an audit hook can never be removed."""

    installed = False
    closed = 0


def refuse(name: str, _arguments: Any) -> None:
    """Refuse to reach out while the door is closed; Python's audit hook."""
    if Door.closed and name in REACHING:
        raise ReachedOutError(name)


def refuse_engine(*_: Any) -> None:
    """Refuse the connection of an engine while the door is closed; SQLAlchemy's `do_connect`."""
    if Door.closed:
        raise ReachedOutError("an engine of its own")


@contextmanager
def kept_in() -> Iterator[None]:
    """Refuse connections and new programs in the block: code of the user's runs in it.

    A driver that connects in C (libpq) is not seen by Python's audit; its engine is.
    """
    if not Door.installed:
        sys.addaudithook(refuse)
        event.listen(Engine, "do_connect", refuse_engine)
        Door.installed = True
    Door.closed += 1
    try:
        yield
    finally:
        Door.closed -= 1
