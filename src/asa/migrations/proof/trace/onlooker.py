"""Sees from another connection what a statement locks that commits by itself.

Such a statement holds nothing any more when it has ended. So the onlooker holds a weak lock on
every table meanwhile: whatever would keep writers or other changes of the schema out must wait,
and is seen waiting. Then the onlooker lets it go on.
"""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.migrations.proof.trace.watched import Lock, lock_of

__all__ = ["Onlooker"]

LONGEST_HOLD_S = 0.5
PAUSE_S = 0.002
TABLES = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND left(n.nspname, 3) <> 'pg_'
  AND n.nspname <> 'information_schema'
"""
LOCKS = """
SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname
       ELSE n.nspname || '.' || c.relname END, l.mode
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.pid = {pid} AND c.relkind IN ('r', 'p', 'm') AND left(n.nspname, 3) <> 'pg_'
  AND n.nspname <> 'information_schema'
"""


class Onlooker:
    """Looks at one backend's locks from a thread of its own.

    Attributes:
        seen: What it saw in the last block.
    """

    def __init__(self, database: DatabaseUrl) -> None:
        self.database = database
        self.seen: set[Lock] = set()

    @contextmanager
    def watching(self, pid: int) -> Iterator[None]:
        """Look at a backend for the time of the block."""
        self.seen = set()
        ready, over = threading.Event(), threading.Event()
        thread = threading.Thread(target=self.look, args=(pid, ready, over), daemon=True)
        thread.start()
        ready.wait()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def look(self, pid: int, ready: threading.Event, over: threading.Event) -> None:
        """Look until the block is over; the thread's work."""
        try:
            asyncio.run(self.looking(pid, ready, over))
        finally:
            ready.set()

    async def looking(self, pid: int, ready: threading.Event, over: threading.Event) -> None:
        """Hold every table until something waits for it, then only look."""
        async with connection_to(self.database) as connection:
            names = [row[0] for row in await connection.exec_driver_sql(TABLES)]
            if names:
                mode = "IN SHARE UPDATE EXCLUSIVE MODE"
                await connection.exec_driver_sql(f"LOCK TABLE {', '.join(names)} {mode}")
            ready.set()
            until = time.monotonic() + LONGEST_HOLD_S
            while not over.is_set():
                await self.note(connection, pid)
                if connection.in_transaction() and (self.seen or time.monotonic() > until):
                    await connection.rollback()
                await asyncio.sleep(PAUSE_S)

    async def note(self, connection: AsyncConnection, pid: int) -> None:
        """Take note of what the backend holds and waits for."""
        rows: Sequence[Any] = (await connection.exec_driver_sql(LOCKS.format(pid=pid))).all()
        self.seen.update(lock_of(row[0], row[1]) for row in rows)
