"""SQLite's upgrade lock: the operating system's lock on the directory of the database file.

SQLite's own lock cannot serve: whoever holds it keeps the migration out as well. The file
itself must not be opened for it either, since closing it would drop SQLite's locks.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from asa.database.lock import Lock, never_leaks
from asa.database.url import DatabaseUrl

try:
    import fcntl
except ImportError:  # Windows has no lock on directories.
    fcntl = None  # type: ignore[assignment]

__all__ = ["LOCK"]


@dataclass(frozen=True, slots=True)
class DirectoryLock:
    """The lock over an open directory; None where there is nothing to lock."""

    descriptor: int | None

    async def take(self) -> bool:
        """Try once to take it."""
        if self.descriptor is None or fcntl is None:
            return True
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    async def holder(self) -> str:
        """Say who holds it: the operating system does not tell."""
        return "another asa on this machine"


@asynccontextmanager
async def reach(database: DatabaseUrl) -> AsyncIterator[DirectoryLock]:
    """Open the directory; closing it, or the end of the process, gives the lock back."""
    descriptor = open_directory(database.url.database or "")
    try:
        yield DirectoryLock(descriptor)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def open_directory(file: str) -> int | None:
    """Open the directory of a database file; None for one in memory, or not to be opened."""
    name = file.removeprefix("file:").partition("?")[0]
    if not name or name == ":memory:":
        return None
    try:
        return os.open(Path(name).absolute().parent, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def limit(seconds: float) -> None:
    """SQLite locks the whole database; the driver's own timeout limits the wait."""


LOCK = Lock(reach, limit, never_leaks)
