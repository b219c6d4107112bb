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

__all__ = ["Guess", "Transactions", "guessed", "pending"]

PENDING = "pending"
CONTROL = re.compile(
    r"\s*(?:(?P<begin>begin|start\s+transaction)\b"
    r"|(?P<end>commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b"
    r"|set\s+(?:session\s+|@@(?:session\.)?)?autocommit\s*:?=\s*(?P<autocommit>\w+))",
    re.IGNORECASE,
)
BEGUN = re.compile(rb"\b(?:begin|start transaction)\b", re.IGNORECASE)
ENDED = re.compile(rb"\b(?:commit|rollback|autocommit *= *0)\b", re.IGNORECASE)
OFF = frozenset(("0", "off", "false"))
MOST_SESSIONS = 4_096
SCOPE = QueryRecord._fields.index("scope")


@dataclass(frozen=True, slots=True)
class Guess:
    """What is taken for true of sessions at the beginning of a part of a log, till it is known.

    Attributes:
        within: Whether transactions may be open there; else it is read as if none were, which
            is sooner, and once more if some were.
        implicit: Whether a statement outside of any transaction begins one.
    """

    within: bool = True
    implicit: bool = False


@dataclass(slots=True)
class Session:
    """A server's session under reading.

    Attributes:
        implicit: Whether a statement outside of any transaction begins one.
        scope: Of the transaction that is open; None where none is.
        idle: Whether it was guessed to be in none when it was heard of first.
        mode: The guess at `implicit` that it was read by; None where it told that itself.
        ended: Whether what it did means another thing where it was in none.
    """

    implicit: bool = False
    scope: Scope | None = None
    idle: bool = False
    mode: bool | None = None
    ended: bool = False


class Transactions:
    """The transactions of a log, or of a part of one.

    Attributes:
        start: Where the part begins in its file.
        guess: What is not known of sessions there; None where nothing is.
        sessions: Those heard of, by process.
    """

    def __init__(self, start: int = 0, guess: Guess | None = None) -> None:
        self.start = start
        self.guess = guess if start else None
        self.sessions: dict[int, Session] = {}
        self.begun = 0

    def after(self, start: int) -> "Transactions":
        """Return the transactions of a part that begins where these end."""
        later = Transactions(start)
        later.sessions = {
            process: Session(known.implicit, known.scope)
            for process, known in self.sessions.items()
        }
        return later

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
            session = sessions.get(process) or self.opened(process, record)
            controls = self.controls(session, record)
            if not controls and session.implicit and session.scope is None:
                session.scope = self.begin(record)
            yield record if session.scope is None else moved(record, session.scope)

    def opened(self, process: int, record: QueryRecord) -> Session:
        """Return a session that is heard of first; those known longest are forgotten."""
        session = self.sessions[process] = Session()
        guess = self.guess
        if guess is not None:
            control = CONTROL.match(record.sql)
            session.implicit = guess.implicit
            if control and control["autocommit"]:
                # As a connection does first.
                session.idle = True
            else:
                session.idle, session.mode = not guess.within, guess.implicit
                session.scope = pending(process) if guess.within else None
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
            session.ended |= session.scope == pending(record.scope.process)
            session.scope = None
        elif record.dialect == "mysql":
            session.ended |= session.scope == pending(record.scope.process)
            session.implicit = control["autocommit"].lower() in OFF
        return True

    def begin(self, record: QueryRecord) -> Scope:
        """Return a new transaction's scope; its time keeps it apart from those of other logs."""
        self.begun += 1
        name = f"{record.started_at}#{self.start}.{self.begun}"
        return Scope(record.scope.process, transaction=name)

    def enter(self, process: int, start: int) -> Scope | None:
        """Return the transaction that a session's next statement is in, in the next part."""
        session = self.sessions.get(process)
        if session is not None and session.implicit and session.scope is None:
            session.scope = Scope(process, transaction=f"{start}#")
        return None if session is None else session.scope

    def refutes(self, later: "Transactions") -> bool:
        """Say whether the next part of the log was read by a wrong guess."""
        return any(
            is_otherwise(self.sessions.get(process) or Session(), session)
            for process, session in later.sessions.items()
        )

    def follow(self, later: "Transactions") -> None:
        """Go on to the end of the next part of the log."""
        for process, session in later.sessions.items():
            if session.scope is not None and session.scope.transaction == PENDING:
                known = self.sessions.get(process)
                session.scope = None if known is None else known.scope
            self.sessions[process] = Session(session.implicit, session.scope)


def is_otherwise(known: Session, guessed: Session) -> bool:
    """Say whether a session at the end of a part is not what the next part took it for."""
    if guessed.mode not in (None, known.implicit):
        return True
    if known.scope is not None:
        return guessed.idle
    return guessed.ended and not known.implicit


def moved(record: QueryRecord, scope: Scope) -> QueryRecord:
    """Return a record with another scope; sooner than `_replace`."""
    return QueryRecord._make((*record[:SCOPE], scope, *record[SCOPE + 1 :]))


def guessed(head: bytes, dialect: str) -> Guess:
    """Return what the first bytes of a log let one guess of the sessions in it."""
    begins, ends = BEGUN.search(head) is not None, ENDED.search(head) is not None
    return Guess(within=begins or ends, implicit=ends and not begins and dialect == "mysql")


def pending(process: int | None) -> Scope:
    """Return the scope of what a session sends before it is known whether it is in one."""
    return Scope(process, transaction=PENDING)
