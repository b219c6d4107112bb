"""One entry of PostgreSQL's log, whichever form it was written in."""

from dataclasses import dataclass

__all__ = ["Entry"]


@dataclass(slots=True)
class Entry:
    """One entry.

    Attributes:
        severity: `LOG`, `ERROR`, ...
        message: Its text, with line ends.
        time: As written; empty where it has none.
        process: The session's process id; None where not told.
        user: The session's user; None where not told.
        database: Name of its database.
        application: What the program calls itself.
        transaction: The virtual transaction id, `3/12`; None outside of one.
        state: SQLSTATE.
        detail: Text of its DETAIL.
        statement: Text of its STATEMENT.
        torn: Whether the log ends within it.
    """

    severity: str
    message: str
    time: str = ""
    process: int | None = None
    user: str | None = None
    database: str | None = None
    application: str | None = None
    transaction: str | None = None
    state: str | None = None
    detail: str | None = None
    statement: str | None = None
    torn: bool = False
