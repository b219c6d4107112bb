"""The lock under which one asa at a time changes a database's schema.

It is tried, never waited for in the server: a statement that waits holds a snapshot, which
CREATE INDEX CONCURRENTLY would wait for in its turn.
"""

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from asa.database.url import DatabaseUrl

__all__ = ["Attempt", "Lock", "lock_named", "never_leaks"]


class Attempt(Protocol):
    """The lock of one database, within reach."""

    async def take(self) -> bool:
        """Try once to take it; it is given back when the attempt's context ends."""
        ...

    async def holder(self) -> str:
        """Say who holds it, as far as this role may know; empty where it may not."""
        ...


@dataclass(frozen=True, slots=True)
class Lock:
    """How a dialect locks.

    Attributes:
        reach: Opens what the lock needs (a connection of its own in autocommit).
        limit: SQL that makes a session give up waiting for a table's lock after so many
            seconds, unless it is set to less already; None where there is no such thing.
        leaks: Tells whether a pooler hands what a session sets and locks to strangers.
    """

    reach: Callable[[DatabaseUrl], AbstractAsyncContextManager[Attempt]]
    limit: Callable[[float], str | None]
    leaks: Callable[[DatabaseUrl], Coroutine[Any, Any, bool]]


async def never_leaks(_database: DatabaseUrl) -> bool:
    """Answer for databases whose poolers keep sessions together, or that have none."""
    return False


def lock_named(dialect: str) -> Lock:
    """Return the lock of that dialect, importing only its own package."""
    lock = import_module(f"asa.database.{dialect}.lock").LOCK
    assert isinstance(lock, Lock)  # noqa: S101  (tells the type checker what the package exports)
    return lock
