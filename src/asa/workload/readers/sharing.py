"""Sessions that several tasks used at once, told from the order of their queries."""

from asa.model.observation import SharedSession
from asa.model.record import QueryRecord

__all__ = ["Sharing"]

MOST_SESSIONS = 4_096
EARLY_S = 0.0005
"""Clocks are read beside the queries: a smaller overlap shows nothing."""


class Session:
    """One session of a captured program.

    Attributes:
        last: Its latest query.
        turns: For each task, how often it came behind another one.
        told: Whether it was told already.
    """

    __slots__ = ("last", "told", "turns")

    def __init__(self, first: QueryRecord) -> None:
        self.last = first
        self.turns: dict[str | None, int] = {first.scope.task: 1}
        self.told = False


class Sharing:
    """Takes queries in the order in which they ended.

    A task that waits for one that it started hands its session on and takes it back, which
    harms nothing. Two tasks that both come back, or queries of two that overlap, share it.
    """

    def __init__(self) -> None:
        self.sessions: dict[tuple[int | None, str], Session] = {}

    def take(self, record: QueryRecord) -> SharedSession | None:
        """Return what a query shows of its session, the first time that it does."""
        name, task = record.scope.session, record.scope.task
        if name is None or task is None:
            return None
        key = (record.scope.process, name)
        session = self.sessions.get(key)
        if session is None:
            self.sessions[key] = Session(record)
            if len(self.sessions) > MOST_SESSIONS:
                del self.sessions[next(iter(self.sessions))]
            return None
        last, session.last = session.last, record
        if task == last.scope.task:
            return None
        session.turns[task] = session.turns.get(task, 0) + 1
        returned = sum(turns > 1 for turns in session.turns.values()) > 1
        if session.told or not (returned or overlap(last, record)):
            return None
        session.told = True
        return SharedSession(record.scope, record.call_site, last.call_site)


def overlap(one: QueryRecord, other: QueryRecord) -> bool:
    """Tell whether one query began while the other one ran."""
    if one.started_at is None or other.started_at is None:
        return False
    first, second = sorted((one, other), key=lambda record: record.started_at or 0.0)
    ended = (first.started_at or 0.0) + (first.duration_ms or 0.0) / 1000
    return (second.started_at or 0.0) < ended - EARLY_S
