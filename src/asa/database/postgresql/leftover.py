"""What an interrupted CREATE INDEX CONCURRENTLY leaves: an invalid index of the wanted name.

The statement is sent outside of any transaction, so nothing undoes it; the next attempt would
fail because of the name, or with IF NOT EXISTS leave the invalid index as it is.
"""

import re
import time

from sqlalchemy import text
from sqlalchemy.engine import Connection

from asa.model.event import Event, Notify, Stage

__all__ = ["clear_leftover", "invalid_indexes"]

NAME = r'(?:"(?:[^"]|"")+"|\w+)'
CREATE = re.compile(
    rf"\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>{NAME})"
    rf"\s+ON\s+(?:ONLY\s+)?(?P<table>{NAME}(?:\.{NAME})?)",
    re.IGNORECASE,
)
THERE = text(
    "SELECT i.indisvalid, pg_get_indexdef(i.indexrelid), i.indexrelid::regclass::text,"
    " (SELECT min(p.pid) FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)"
    " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE i.indrelid = to_regclass(:table) AND c.relname = :name"
)
INVALID = text(
    "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
    " WHERE NOT i.indisvalid AND c.relkind <> 'p' AND NOT EXISTS"
    " (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) ORDER BY 1"
)
UNTOLD = re.compile(
    r"\bconcurrently\b|\bif not exists\b|\bonly\b|\busing btree\b|\bpublic\.|[\"\s;]", re.IGNORECASE
)
PAUSE_S = 0.5


def clear_leftover(connection: Connection, sql: str, wait_s: float, notify: Notify) -> str:
    """Make way for a statement that is about to be sent; return what to send.

    An index that another session still builds (that of a killed upgrade) is waited for. One
    that is valid and the same is kept, and the statement becomes one that does nothing.

    Args:
        connection: In autocommit, otherwise nothing is done.
        sql: The statement.
        wait_s: How long to wait for another session, in seconds.
        notify: Told what was found.
    """
    wanted = CREATE.match(sql)
    level = connection.get_execution_options().get("isolation_level")
    if wanted is None or level != "AUTOCOMMIT":
        return sql
    names = {"table": wanted["table"], "name": plain(wanted["name"])}
    until = time.monotonic() + wait_s
    waiting = False
    while (row := connection.execute(THERE, names).first()) is not None:
        valid, definition, index, builder = row
        if builder is None or time.monotonic() >= until:
            break
        if not waiting:
            waiting = True
            tell(notify, f"waiting: process {builder} is still building {index}")
        time.sleep(PAUSE_S)
    if row is None:
        return sql
    if not valid and builder is None:
        tell(notify, f"dropping {index}: invalid, left by an attempt that was interrupted")
        connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {index}")
    elif valid and bare(definition) == bare(sql):
        tell(notify, f"keeping {index}: an attempt that was interrupted has built it")
        return f"SELECT 1 /* {index} is there */"
    return sql


def invalid_indexes(connection: Connection) -> tuple[str, ...]:
    """Return the names of indexes that no query uses because their building was stopped."""
    return tuple(connection.scalars(INVALID))


def tell(notify: Notify, said: str) -> None:
    """Say what was found."""
    notify(Event(Stage.NOTE, "leftover", said))


def plain(name: str) -> str:
    """Return a name as the catalog has it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def bare(sql: str) -> str:
    """Return a definition without what says nothing about the index itself."""
    return UNTOLD.sub("", " ".join(sql.split())).lower()
