"""Numbers the transactions of server logs that tell only which session sent a statement.

PostgreSQL tells transactions apart by `%v`. Without it, and in the logs of MySQL, a
transaction is what a session sends between BEGIN and COMMIT; where the driver switched
autocommit off, as aiomysql does, what it sends between one COMMIT or ROLLBACK and the next.
Statements outside of any stay without: a session of a pool serves many requests.

A part of a log begins amid transactions. What a session sends before its first BEGIN or
COMMIT there has the scope `pending`, until it is known whether the parts before left a
transaction open.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from asa.model.record import QueryRecord, Scope

__all__ = ["Transactions", "controls_in", "pending"]

PENDING = "pending"
CONTROL = re.compile(
    r"\s*(?:(?P<begin>begin|start\s+transaction)\b"
    r"|(?P<end>commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b"
    r"|set\s+(?:session\s+|@@(?:session\.)?)?autocommit\s*:?=\s*(?P<autocommit>\w+))",
    re.IGNORECASE,
)
SHOWN = re.compile(rb"\b(?:begin|start transaction|commit|rollback)\b", re.IGNORECASE)
OFF = frozenset(("0", "off", "false"))
MOST_SESSIONS = 4_096
SCOPE = QueryRecord._fields.index("scope")


@dataclass(slots=True)
class Session:
    """A server's session under reading.

    Attributes:
        implicit: Whether a statement outside of any transaction begins one.
        scope: Of the transaction that is open; None where none is.
        guessed: Whether it was taken for none when the session was heard of first.
    """

    implicit: bool = False
    scope: Scope | None = None
    guessed: bool = False


class Transactions:
    """The transactions of a log, or of a part of one.

    Attributes:
        start: Where the part begins in its file.
        within: Whether transactions may be open there.
        sessions: Those heard of, by process.
    """

    def __init__(self, start: int = 0, *, within: bool = True) -> None:
        self.start = start
        self.within = within
        self.sessions: dict[int, Session] = {}
        self.begun = 0

    def numbered(self, records: Iterable[QueryRecord]) -> Iterator[QueryRecord]:
        """Give each record the transaction that its session was in.

        Records that tell theirs already, or of which the session is not known, stay as they are.
        """
        sessions = self.sessions
        for record in records:
            process = record.scope.process
            if process is None or record.scope.transaction is not None:
                yield record
                continue
            session = sessions.get(process) or self.opened(process)
            controls = self.controls(session, record)
            if not controls and session.implicit and session.scope is None:
                session.scope = self.begin(record)
            yield record if session.scope is None else moved(record, session.scope)

    def opened(self, process: int) -> Session:
        """Return a session that is heard of first; those known longest are forgotten."""
        session = self.sessions[process] = Session(guessed=not self.within)
        if self.start and self.within:
            session.scope = pending(process)
        if len(self.sessions) > MOST_SESSIONS:
            del self.sessions[next(iter(self.sessions))]
        return session

    def controls(self, session: Session, record: QueryRecord) -> bool:
        """Heed a statement that begins or ends a transaction; say whether it does."""
        control = CONTROL.match(record.sql)
        if control is None:
            return False
        if control["begin"]:
            session.scope = self.begin(record)
        elif control["end"]:
            # An end without a beginning: the log began after autocommit was switched off.
            if session.scope is None and record.dialect == "mysql":
                session.implicit = True
            session.scope = None
        elif record.dialect == "mysql":
            session.implicit = control["autocommit"].lower() in OFF
        return True

    def begin(self, record: QueryRecord) -> Scope:
        """Return a new transaction's scope; its time keeps it apart from those of other logs."""
        self.begun += 1
        name = f"{record.started_at}#{self.start}.{self.begun}"
        return Scope(record.scope.process, transaction=name)

    def open_scope(self, process: int) -> Scope | None:
        """Return the transaction that a session is in."""
        session = self.sessions.get(process)
        return None if session is None else session.scope

    def refutes(self, later: "Transactions") -> bool:
        """Say whether the next part of the log took a session for idle that was not."""
        return any(
            session.guessed and self.open_scope(process) is not None
            for process, session in later.sessions.items()
        )

    def follow(self, later: "Transactions") -> None:
        """Go on to the end of the next part of the log."""
        for process, session in later.sessions.items():
            if session.scope is None or session.scope.transaction != PENDING:
                session.guessed = False
                self.sessions[process] = session


def moved(record: QueryRecord, scope: Scope) -> QueryRecord:
    """Return a record with another scope; sooner than `_replace`."""
    return QueryRecord._make((*record[:SCOPE], scope, *record[SCOPE + 1 :]))


def controls_in(head: bytes) -> bool:
    """Say whether the first bytes of a log show transactions."""
    return SHOWN.search(head) is not None


def pending(process: int) -> Scope:
    """Return the scope of what a session sends before it is known whether it is in one."""
    return Scope(process, transaction=PENDING)
