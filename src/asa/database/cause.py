"""Why a database cannot be used, whom that concerns, and what to do about it.

Each dialect's `cause` module finds the cause of an exception, one of `causes`; what only the
network says is found in `network`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from asa.errors import DatabaseError

__all__ = ["Cause", "Target", "chain", "short"]

DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a message speaks of, taken from the URL as shown.

    Attributes:
        subject: The URL as shown.
        user: Role that logs in; empty where the URL names none.
        host: Host name, or directory or file of the socket.
        port: Port; None for a socket or a file.
        database: Name of the database, or the SQLite file.
    """

    subject: str
    user: str = ""
    host: str = ""
    port: int | None = None
    database: str = ""

    @classmethod
    def of(cls, subject: str) -> "Target":
        """Read the target from a URL as shown; from any other text only the subject."""
        try:
            url = make_url(subject)
        except (ArgumentError, ValueError):
            return cls(subject)
        named = url.query.get("host") or url.query.get("unix_socket") or ""
        host = url.host or (named if isinstance(named, str) else ", ".join(named)) or "localhost"
        port = url.port or DEFAULT_PORTS.get(url.get_backend_name())
        return cls(
            subject,
            user=url.username or "",
            host=host,
            port=None if host.startswith("/") else port,
            database=url.database or "",
        )

    @property
    def address(self) -> str:
        """`db.internal:5432`, or the socket."""
        host = f"[{self.host}]" if ":" in self.host and "," not in self.host else self.host
        return f"{host}:{self.port}" if self.port and "," not in host else host or self.subject


class Placeholders(dict[str, str]):
    """Names in capitals for what a sentence leaves open."""

    def __missing__(self, name: str) -> str:
        return "" if name == "said" else name.upper()


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for which a database cannot be used.

    Attributes:
        code: Stable name.
        message: What happened; `{user}`, `{host}`, `{address}`, `{database}`, `{said}` are filled.
        hint: What to do, filled likewise.
        transient: Whether waiting can mend it.
    """

    code: str
    message: str
    hint: str
    transient: bool = False

    @property
    def sentences(self) -> tuple[str, str]:
        """Message and hint with HOST, DATABASE, ... where a database would stand."""
        names = Placeholders()
        return self.message.format_map(names), self.hint.format_map(names)

    def error(self, target: Target, **facts: object) -> DatabaseError:
        """Return the error to raise; `facts` fill what the target does not hold."""
        known = {
            "subject": target.subject,
            "user": target.user,
            "host": target.host or target.subject,
            "address": target.address,
            "database": target.database,
            "said": "",
            **facts,
        }
        return DatabaseError(
            self.message.format(**known),
            self.hint.format(**known),
            cause=self.code,
            transient=self.transient,
        )


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what it was raised from: the driver's below SQLAlchemy's."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending += [getattr(current, "orig", None), current.__cause__]
        # several addresses tried at once: Python 3.12 and later keep each failure
        pending += list(getattr(current, "exceptions", ()))


def short(text: object, *, limit: int = 160) -> str:
    """Return the first line of a server's message as the end of a sentence: `: text`."""
    first = str(text).strip().splitlines()[0].strip() if str(text).strip() else ""
    return f": {first[:limit]}" if first else ""
