"""One entry of PostgreSQL's log, whichever form it was written in."""

from dataclasses import dataclass
from functools import lru_cache

from asa.model.record import Scope

__all__ = ["NOBODY", "Entry", "Session", "session"]

UNKNOWN = "[unknown]"
LONGEST_NUMBER = 19
NOWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Session:
    """Who logged an entry, each part None where the log does not tell.

    Attributes:
        process: The session's process id.
        user: Its user.
        database: Name of its database.
        application: What the program calls itself.
        scope: The session's process, and its transaction where it is in one.
    """

    process: int | None = None
    user: str | None = None
    database: str | None = None
    application: str | None = None
    scope: Scope = NOWHERE


NOBODY = Session()


@lru_cache(maxsize=4_096)
def session(
    process: str | None,
    user: str | None,
    database: str | None,
    application: str | None,
    transaction: str | None,
) -> Session:
    """Return who an entry's own words name; most entries are of few sessions.

    Args:
        process: Its number.
        user: Empty where there is none, like the two that follow.
        database: Its name.
        application: Its name.
        transaction: The virtual transaction id, `3/12`; `3/0` outside of one.
    """
    known = process is not None and process.isdecimal() and len(process) <= LONGEST_NUMBER
    number = int(process) if process and known else None
    within = None if not transaction or transaction.endswith("/0") else transaction
    scope = Scope(process=number, transaction=within)
    return Session(number, told(user), told(database), told(application), scope)


def told(name: str | None) -> str | None:
    """Return a name, where there is one."""
    return None if not name or name == UNKNOWN else name


@dataclass(slots=True)
class Entry:
    """One entry.

    Attributes:
        severity: `LOG`, `ERROR`, ...
        message: Its text, with line ends.
        time: As written; empty where it has none.
        session: Who logged it.
        state: SQLSTATE.
        detail: Text of its DETAIL.
        statement: Text of its STATEMENT.
        torn: Whether the log ends within it.
    """

    severity: str
    message: str
    time: str = ""
    session: Session = NOBODY
    state: str | None = None
    detail: str | None = None
    statement: str | None = None
    torn: bool = False
