"""The way of one revision on scratch, statement by statement, with the schema after each."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from asa.migrations.progress import READING
from asa.model.event import Event, Stage

__all__ = ["Course", "Objects", "Span"]

Objects = dict[str, str]
ReadObjects = Callable[[Connection], Objects]
CATALOG = re.compile(r"information_schema|version\(\)|@@|database\(\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """How many statements are done for sure, and how many at most."""

    least: int
    most: int


@dataclass
class Course:
    """What a revision sent, and what the schema was before the first statement and after each.

    Attributes:
        read: Reads the objects of a database.
        version_table: The table of marks, whose statements are not the revision's.
        sent: The statements as they can be typed, values put in.
        states: One more than statements that succeeded.
        failed: Whether the last of `sent` failed.
        reads_rows: Whether the revision asks for rows, on which its statements may depend.
        active: Whether the revision is at work.
    """

    read: ReadObjects
    version_table: str
    sent: list[str] = field(default_factory=list)
    states: list[Objects] = field(default_factory=list)
    failed: bool = False
    reads_rows: bool = False
    active: bool = False

    def hear(self, event: Event) -> None:
        """Note when the revision starts and ends; a `notify`."""
        if event.stage in (Stage.STARTED, Stage.DONE):
            self.active = event.stage is Stage.STARTED

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record every statement that the revision sends in the block."""
        event.listen(Engine, "before_cursor_execute", self.sending)
        event.listen(Engine, "after_cursor_execute", self.succeeded)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", self.sending)
            event.remove(Engine, "after_cursor_execute", self.succeeded)

    def counts(self, sql: str) -> bool:
        """Tell whether a statement is one of the revision's that change something."""
        if not self.active or self.version_table in sql:
            return False
        if sql.lstrip().upper().startswith(READING):
            self.reads_rows |= not CATALOG.search(sql)
            return False
        return True

    def sending(
        self, connection: Any, cursor: Any, sql: str, values: Any, _context: Any, many: bool
    ) -> None:
        """Take note of a statement about to be sent, and of the schema before the first."""
        if not self.counts(sql):
            return
        if not self.states:
            self.look(connection)
        rows = values if many else [values]
        self.sent.append(";\n".join(typed(cursor, sql, row) for row in rows))
        self.failed = True

    def succeeded(
        self, connection: Any, _cursor: Any, sql: str, _values: Any, _context: Any, _many: bool
    ) -> None:
        """Take note of the schema after a statement."""
        if self.counts(sql):
            self.failed = False
            self.look(connection)

    def look(self, connection: Connection) -> None:
        """Take note of the schema as it is now."""
        self.active = False
        self.states.append(self.read(connection))
        self.active = True

    def place_of(self, real: Objects) -> Span | None:
        """Return how far a database has come on this way; None where it stands beside it.

        Only objects that the revision touches are compared: elsewhere schemas may differ.
        """
        pairs = zip(self.states, self.states[1:], strict=False)
        touched = {
            name
            for before, after in pairs
            for name in before.keys() | after.keys()
            if before.get(name) != after.get(name)
        }
        equal = [
            number
            for number, state in enumerate(self.states)
            if all(state.get(name) == real.get(name) for name in touched)
        ]
        return Span(equal[0], equal[-1]) if equal and touched else None


def typed(cursor: Any, sql: str, values: Any) -> str:
    """Return a statement as it can be typed into a client, its values put in by the driver."""
    mogrify = getattr(getattr(cursor, "_cursor", cursor), "mogrify", None)
    text = str(mogrify(sql, values)) if mogrify else sql
    return "\n".join(
        line.rstrip() for line in text.strip().rstrip(";").splitlines() if line.strip()
    )
