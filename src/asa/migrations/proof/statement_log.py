"""The statements that a history of revisions sends, kept so that they need not be found again.

A log is the replay's own statements in their order, committed ones only: sent once more to an
empty database of the same kind, they make the same schema without running any revision.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError
from asa.migrations.own_connection import run_apart

__all__ = ["Log", "recording", "repeat"]

READING = re.compile(r"\s*(?:SHOW|DESCRIBE|EXPLAIN|PRAGMA)\b", re.IGNORECASE)
LOOKING = re.compile(
    r"\s*SELECT\b.*(?:pg_catalog|information_schema|sqlite_master|alembic_version|version\(\))",
    re.IGNORECASE | re.DOTALL,
)
OF_TRANSACTIONS = re.compile(r"\s*(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
LONGEST = 8 * 1024**2


@dataclass
class Log:
    """What was sent.

    Attributes:
        driver: The driver in whose spelling the statements are.
        sent: (SQL, parameters) that were committed.
        open: Those of the transaction under way.
        faithful: Whether repeating them does the same; not so after a rollback.
    """

    driver: str
    sent: list[tuple[str, Any]] = field(default_factory=list)
    open: list[tuple[str, Any]] = field(default_factory=list)
    faithful: bool = True

    def see(
        self, connection: Connection, _cursor: Any, sql: str, values: Any, _context: Any, many: bool
    ) -> None:
        """Take note of a statement that the database took."""
        if READING.match(sql) or LOOKING.match(sql) or OF_TRANSACTIONS.match(sql):
            return
        if connection.dialect.driver != self.driver or (many and not values):
            self.faithful = False
        level = connection.get_execution_options().get("isolation_level")
        kept = self.sent if level == "AUTOCOMMIT" else self.open
        kept.append((sql, plain(values, many)))

    def commit(self, _connection: Connection) -> None:
        """Keep what the transaction has sent."""
        self.sent += self.open
        self.open.clear()

    def rollback(self, _connection: Connection, *_: Any) -> None:
        """Give up where something was taken back: not every database takes it all back."""
        self.faithful = self.faithful and not self.open
        self.open.clear()

    def text(self) -> str | None:
        """Return the log to be kept; None where repeating it is not the same, or it is too long."""
        if not self.faithful or self.open:
            return None
        try:
            text = json.dumps(self.sent)
        except (TypeError, ValueError):
            return None
        return text if len(text) <= LONGEST else None


def plain(values: Any, many: bool) -> Any:
    """Return parameters as lists and dictionaries."""
    if many:
        return [plain(one, many=False) for one in values]
    return dict(values) if isinstance(values, dict) else list(values or ())


@contextmanager
def recording(driver: str) -> Iterator[Log]:
    """Record every statement that any engine of this process sends in the block."""
    log = Log(driver)
    listeners: dict[str, Callable[..., Any]] = {
        "after_cursor_execute": log.see,
        "commit": log.commit,
        "rollback": log.rollback,
        "rollback_savepoint": log.rollback,
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    try:
        yield log
    finally:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)


def repeat(text: str, database: DatabaseUrl) -> bool:
    """Send a kept log to an empty database; False where it does not take it."""
    try:
        statements = json.loads(text)
        run_apart(send(statements, database))
    except (ValueError, TypeError, DatabaseError, SQLAlchemyError):
        return False
    return True


async def send(statements: list[tuple[str, Any]], database: DatabaseUrl) -> None:
    """Send the statements, each in a transaction of its own: some need that, none minds."""
    async with connection_to(database, autocommit=True) as connection:
        for sql, values in statements:
            many = bool(values) and isinstance(values, list) and isinstance(values[0], list | dict)
            if many:
                rows = [tuple(v) if isinstance(v, list) else v for v in values]
                await connection.exec_driver_sql(sql, rows)
            elif values:
                given = tuple(values) if isinstance(values, list) else values
                await connection.exec_driver_sql(sql, given)
            else:
                await connection.exec_driver_sql(sql)
