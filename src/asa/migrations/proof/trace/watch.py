"""Looks at locks and files around every statement that a revision sends."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from asa.database.url import DatabaseUrl
from asa.migrations.proof.trace.onlooker import LOCKS, Onlooker
from asa.migrations.proof.trace.watched import Lock, Watched, lock_of
from asa.migrations.source_line import line_in

__all__ = ["watching"]

OWN_LOCKS = LOCKS.format(pid="pg_backend_pid()")
FILES = """
SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname
       ELSE n.nspname || '.' || c.relname END, pg_relation_filenode(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND left(n.nspname, 3) <> 'pg_'
  AND n.nspname <> 'information_schema'
"""
READING = ("SELECT", "SHOW", "WITH")
EMPTYING = "TRUNCATE"


@dataclass(frozen=True, slots=True)
class State:
    """What a connection holds, and where the tables lie: name to number of the file."""

    locks: frozenset[Lock]
    files: dict[str, int]


@dataclass
class Watch:
    """The listener to one revision's statements.

    Attributes:
        file: The revision's file; statements sent from elsewhere are Alembic's own.
        onlooker: For statements outside of transactions.
        statements: What was watched so far.
        existing: Tables that were there before the revision.
    """

    file: str
    onlooker: Onlooker
    statements: list[Watched] = field(default_factory=list)
    existing: frozenset[str] | None = None
    thread: int = field(default_factory=threading.get_ident)
    asking: bool = False
    before: State | None = None
    started: float = 0.0
    stack: ExitStack = field(default_factory=ExitStack)

    def starting(self, connection: Connection, _cursor: Any, sql: str, *_: Any) -> None:
        """Look before a statement; SQLAlchemy's `before_cursor_execute`."""
        if self.elsewhere() or not line_in(self.file):
            return
        self.before = self.ask(connection)
        if self.existing is None:
            self.existing = frozenset(self.before.files)
        if alone(connection) and not is_reading(sql):
            (pid,) = self.rows(connection, "SELECT pg_backend_pid()")[0]
            self.stack.enter_context(self.onlooker.watching(pid))
        self.started = time.perf_counter()

    def done(self, connection: Connection, _cursor: Any, sql: str, *_: Any) -> None:
        """Look after a statement; SQLAlchemy's `after_cursor_execute`."""
        if self.elsewhere() or self.before is None:
            return
        duration_ms = (time.perf_counter() - self.started) * 1000
        self.stack.close()
        before, after = self.before, self.ask(connection)
        self.before = None
        outside = alone(connection)
        seen = frozenset(self.onlooker.seen) if outside else after.locks - before.locks
        locks = self.known(seen)
        if is_reading(sql):
            return
        changed = {
            name for name, number in before.files.items() if after.files.get(name, number) != number
        }
        rewritten = () if sql.lstrip().upper().startswith(EMPTYING) else tuple(sorted(changed))
        held = locks if outside else self.known(after.locks)
        line = line_in(self.file)
        self.statements.append(
            Watched(line, sql, duration_ms, locks, held, rewritten, alone=outside)
        )

    def failed(self, _context: Any) -> None:
        """Let the onlooker go where a statement failed; SQLAlchemy's `handle_error`."""
        if threading.get_ident() == self.thread:
            self.before = None
            self.stack.close()

    def elsewhere(self) -> bool:
        """Tell whether this is asa's own question, or another thread's."""
        return self.asking or threading.get_ident() != self.thread

    def known(self, locks: frozenset[Lock]) -> tuple[Lock, ...]:
        """Return the locks on tables that were there before the revision."""
        existing = self.existing or frozenset()
        return tuple(sorted(lock for lock in locks if lock.table in existing))

    def ask(self, connection: Connection) -> State:
        """Ask what the connection holds and where the tables lie."""
        locks = frozenset(lock_of(table, mode) for table, mode in self.rows(connection, OWN_LOCKS))
        return State(locks, dict(map(tuple, self.rows(connection, FILES))))

    def rows(self, connection: Connection, sql: str) -> list[Any]:
        """Ask on the revision's own connection, unseen by this listener."""
        self.asking = True
        try:
            return list(connection.exec_driver_sql(sql))
        finally:
            self.asking = False


@contextmanager
def watching(file: str, database: DatabaseUrl) -> Iterator[Watch]:
    """Watch what the file of a revision sends in the block."""
    watch = Watch(file, Onlooker(database))
    listeners: dict[str, Callable[..., Any]] = {
        "before_cursor_execute": watch.starting,
        "after_cursor_execute": watch.done,
        "handle_error": watch.failed,
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    try:
        yield watch
    finally:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)


def alone(connection: Connection) -> bool:
    """Tell whether each statement of a connection commits by itself."""
    return bool(connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT")


def is_reading(sql: str) -> bool:
    """Tell whether a statement only reads."""
    return sql.lstrip().upper().startswith(READING)
