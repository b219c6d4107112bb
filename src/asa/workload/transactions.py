"""Numbers the transactions of server logs that tell only which session sent a statement.

PostgreSQL tells transactions apart by `%v`. Without it, and in the logs of MySQL, a
transaction is what a session sends between BEGIN and COMMIT; where the driver switched
autocommit off, as aiomysql does, what it sends between one COMMIT or ROLLBACK and the next.
Statements outside of any stay without: a session of a pool serves many requests.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from asa.model.record import QueryRecord, Scope

__all__ = ["numbered"]

CONTROL = re.compile(
    r"\s*(?:(?P<begin>begin|start\s+transaction)\b"
    r"|(?P<end>commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b"
    r"|set\s+(?:session\s+|@@(?:session\.)?)?autocommit\s*:?=\s*(?P<autocommit>\w+))",
    re.IGNORECASE,
)
OFF = frozenset(("0", "off", "false"))
MOST_SESSIONS = 4_096


@dataclass(slots=True)
class Session:
    """A server's session under reading.

    Attributes:
        implicit: Whether a statement outside of any transaction begins one.
        scope: Of the transaction that is open; None where none is.
    """

    implicit: bool = False
    scope: Scope | None = None


def numbered(records: Iterable[QueryRecord]) -> Iterator[QueryRecord]:
    """Give each record the transaction that its session was in.

    Records that tell theirs already, or of which the session is not known, stay as they are.
    """
    sessions: dict[int, Session] = {}
    begun = 0
    for record in records:
        process = record.scope.process
        if process is None or record.scope.transaction is not None:
            yield record
            continue
        session = sessions.get(process)
        if session is None:
            session = sessions[process] = Session()
            if len(sessions) > MOST_SESSIONS:
                del sessions[next(iter(sessions))]
        control = CONTROL.match(record.sql)
        if control is None:
            if session.scope is None and session.implicit:
                begun += 1
                session.scope = scope_of(record, begun)
        elif control["begin"]:
            begun += 1
            session.scope = scope_of(record, begun)
        elif control["end"]:
            # An end without a beginning: the log began after autocommit was switched off.
            if session.scope is None and record.dialect == "mysql":
                session.implicit = True
            session.scope = None
        else:
            session.implicit = control["autocommit"].lower() in OFF
        yield record if session.scope is None else replace(record, scope=session.scope)


def scope_of(record: QueryRecord, number: int) -> Scope:
    """Return the scope of a transaction; its time keeps it apart from those of other logs."""
    return Scope(record.scope.process, transaction=f"{record.started_at}#{number}")
