"""How connections are taken from their pools, waited for and given back.

SQLAlchemy has no event for the beginning of a checkout, so the one method in which a pool
waits is watched: it does what it did, and is put back with the last listener.
"""

import os
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.exc import TimeoutError  # noqa: A004  (SQLAlchemy's own, raised by pools)
from sqlalchemy.pool import Pool, QueuePool

from ..model.observation import (  # noqa: TID252  (loaded by path, under a private name)
    PoolWait,
    UnreturnedConnection,
)
from ..model.record import CallSite, Scope  # noqa: TID252
from .call_site import CallSites
from .label import label, task_name

__all__ = ["Held", "Pools"]

SHORTEST_WAIT = 0.001
"""Seconds; a shorter wait is no more than the switch to another task and back."""

FINALIZER = "_finalize_fairy"
RETURN = "_checkin"


class Held(NamedTuple):
    """A connection that the program has out of its pool.

    Attributes:
        pool: Where it belongs.
        site: The line that took it.
        clock: When, by `time.perf_counter`.
        scope: Who.
    """

    pool: Any
    site: CallSite | None
    clock: float
    scope: Scope


class Pools:
    """The handlers of pool events.

    Args:
        sites: Finds the user's lines.
        tell: Told of each fact, with the pool that it is of.
        note: Told of a handler that failed.
    """

    def __init__(
        self,
        sites: CallSites,
        tell: Callable[[PoolWait | UnreturnedConnection, Any], None],
        note: Callable[[str, Exception], None],
    ) -> None:
        self.sites = sites
        self.tell = tell
        self.note = note
        self.held: dict[int, Held] = {}
        self.databases: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()
        self.original: Any = None

    def set_up(self) -> None:
        """Begin to watch."""
        event.listen(Pool, "checkout", self.taken)
        event.listen(Pool, "reset", self.reset)
        event.listen(Pool, "checkin", self.gone)
        event.listen(Pool, "detach", self.gone)
        self.original = original = QueuePool._do_get

        def _do_get(pool: Any) -> Any:
            if not is_exhausted(pool):
                return original(pool)
            clock = time.perf_counter()
            try:
                record = original(pool)
            except TimeoutError:
                self.waited(pool, clock, timed_out=True)
                raise
            self.waited(pool, clock, timed_out=False)
            return record

        self.watched = _do_get
        QueuePool._do_get = _do_get  # type: ignore[assignment,method-assign]

    def take_down(self) -> None:
        """Let everything be as it was."""
        event.remove(Pool, "checkout", self.taken)
        event.remove(Pool, "reset", self.reset)
        event.remove(Pool, "checkin", self.gone)
        event.remove(Pool, "detach", self.gone)
        if QueuePool._do_get is self.watched:
            QueuePool._do_get = self.original  # type: ignore[method-assign]
        self.held.clear()

    def waited(self, pool: Any, clock: float, *, timed_out: bool) -> None:
        """Tell of a wait for a connection."""
        seconds = time.perf_counter() - clock
        try:
            if seconds >= SHORTEST_WAIT:
                site = self.sites.find(sys._getframe(1))
                wait = PoolWait(
                    scope=here(),
                    call_site=site,
                    database=self.databases.get(pool),
                    wait_ms=seconds * 1000,
                    timed_out=timed_out,
                    size=pool.size(),
                    overflow=pool._max_overflow,
                )
                self.tell(wait, pool)
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.note("waited", error)

    def taken(self, _: Any, record: Any, fairy: Any) -> None:
        """Remember who takes a connection."""
        try:
            site = self.sites.find(sys._getframe(1))
            self.held[id(record)] = Held(fairy._pool, site, time.perf_counter(), here())
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.note("taken", error)

    def reset(self, _: Any, record: Any, __: Any) -> None:
        """Tell of a connection that is given back by the garbage collector."""
        try:
            held = self.held.pop(id(record), None)
            if held is not None and not is_returned():
                self.tell(self.unreturned(held, collected=True), held.pool)
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.note("reset", error)

    def gone(self, _: Any, record: Any) -> None:
        """Forget a connection that is back in its pool, or is no longer the pool's."""
        self.held.pop(id(record), None)

    def still_out(self, since: float) -> list[tuple[UnreturnedConnection, Any]]:
        """Return the connections taken since a clock that the program still has."""
        held = [one for one in list(self.held.values()) if one.clock >= since]
        return [(self.unreturned(one, collected=False), one.pool) for one in held]

    def unreturned(self, held: Held, *, collected: bool) -> UnreturnedConnection:
        """Return the fact of a connection that was never given back."""
        return UnreturnedConnection(
            scope=held.scope,
            call_site=held.site,
            database=self.databases.get(held.pool),
            held_ms=(time.perf_counter() - held.clock) * 1000,
            collected=collected,
        )


def is_exhausted(pool: Any) -> bool:
    """Tell whether a checkout has to wait: all are out, and no more may be opened."""
    most = pool._max_overflow
    return bool(most > -1 and pool._overflow >= most and pool._pool.empty())


def is_returned() -> bool:
    """Tell whether a connection comes back by the program's own doing.

    SQLAlchemy's finalizer runs for both: a method of the connection calls it for a return,
    and a weak reference for a connection that nobody has any more.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != FINALIZER:
        frame = frame.f_back
    caller = None if frame is None else frame.f_back
    return caller is None or caller.f_code.co_name == RETURN


def here() -> Scope:
    """Return process, task and label."""
    return Scope(process=os.getpid(), task=task_name(), label=label())
