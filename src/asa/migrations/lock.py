"""Hold a database's upgrade lock while Alembic runs, and limit how long a statement waits."""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from asa.database.lock import Attempt, lock_named
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError, MigrationError
from asa.model.event import Event, Notify, Stage

__all__ = ["PATIENCE", "Patience", "limited_waits", "locked"]

PAUSE_S, LONGEST_PAUSE_S = 0.2, 1.0
NEWS_S = 10.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what.

    Attributes:
        lock: Whether the upgrade lock is taken at all.
        lock_wait_s: How long to wait for it, in seconds.
        lock_timeout_s: How long a statement may wait for a table's lock, in seconds.
        retries: How often a revision is tried again after such a wait.
        pause_s: Pause before the first retry; it doubles with each, give or take a half.
    """

    lock: bool = True
    lock_wait_s: float = 600.0
    lock_timeout_s: float = 3.0
    retries: int = 5
    pause_s: float = 1.0

    @property
    def in_session(self) -> bool:
        """Whether anything is locked or set that holds for a session."""
        return self.lock or self.lock_timeout_s > 0

    def pause(self, attempt: int) -> float:
        """Return how long to pause before a retry, the first being 1."""
        jitter = 0.5 + random.random()  # noqa: S311  (no secret depends on it)
        return float(min(self.pause_s * 2 ** (attempt - 1), 30.0) * jitter)


PATIENCE = Patience()


@contextmanager
def locked(database: DatabaseUrl, patience: Patience, notify: Notify) -> Iterator[None]:
    """Hold the upgrade lock for the time of the block.

    It lives on a connection and an event loop of its own, driven only before and after the
    block: Alembic's env.py needs the thread for a loop of its own.

    Raises:
        MigrationError: The lock was not had in time.
    """
    if not patience.lock:
        yield
        return
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()
    try:
        loop.run_until_complete(acquire(stack, database, patience, notify))
        yield
    finally:
        loop.run_until_complete(wind_up(stack))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def acquire(
    stack: AsyncExitStack, database: DatabaseUrl, patience: Patience, notify: Notify
) -> None:
    """Take the lock, waiting for it by asking again and again."""
    try:
        attempt = await stack.enter_async_context(lock_named(database.dialect).reach(database))
    except DatabaseError as error:
        # env.py reaches this database by means that asa has not (a token, a tunnel).
        text = f"going on without the upgrade lock: {error.message}"
        notify(Event(Stage.NOTE, "lock", text))
        return
    start = time.monotonic()
    told = -NEWS_S
    pause = PAUSE_S
    while not await attempt.take():
        waited = time.monotonic() - start
        if waited >= patience.lock_wait_s:
            raise await not_had(attempt, patience)
        if waited - told >= NEWS_S:
            told = waited
            notify(Event(Stage.NOTE, "lock", await waiting(attempt, waited)))
        await asyncio.sleep(min(pause, max(patience.lock_wait_s - waited, 0.01)))
        pause = min(pause * 1.5, LONGEST_PAUSE_S) * (0.75 + random.random() / 2)  # noqa: S311  (no secret)


async def waiting(attempt: Attempt, waited: float) -> str:
    """Say for whom asa waits."""
    holder = await attempt.holder() or "somebody this role may not see"
    since = f", {waited:.0f} s so far" if waited >= 1 else ""
    return f"waiting for the upgrade lock, held by {holder}{since}"


async def not_had(attempt: Attempt, patience: Patience) -> MigrationError:
    """Return the error for a lock that was not had."""
    holder = await attempt.holder()
    return MigrationError(
        f"the upgrade lock was not had in {patience.lock_wait_s:g} s; nothing was done",
        "wait until the other upgrade has ended, or --lock-wait SECONDS",
        details=(("holder", holder),) if holder else (),
    )


async def wind_up(stack: AsyncExitStack) -> None:
    """End what an interruption left running, then give the lock back."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await stack.aclose()


@contextmanager
def limited_waits(dialect: str, patience: Patience) -> Iterator[None]:
    """Let every session that is opened in the block give up waiting for a lock in time."""
    sql = lock_named(dialect).limit(patience.lock_timeout_s)

    def limit(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(sql)
        cursor.close()
        # A rollback of the migration must not take the setting back.
        connection.commit()

    if sql is None or patience.lock_timeout_s <= 0:
        yield
        return
    event.listen(Pool, "connect", limit)
    try:
        yield
    finally:
        event.remove(Pool, "connect", limit)
