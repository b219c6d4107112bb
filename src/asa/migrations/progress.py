"""What a run of revisions has done so far: the revision at work and every statement it sent."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import event

from asa.database.session import SessionId
from asa.migrations.history import History, full_id
from asa.migrations.place import Place, place_of
from asa.model.event import Event, Notify, Stage
from asa.model.revision import Revision

__all__ = ["Progress", "Sent", "Step"]

READING = ("SELECT", "PRAGMA", "SHOW", "DESCRIBE", "EXPLAIN", "WITH")


@dataclass(frozen=True, slots=True)
class Step:
    """One revision applied or undone, with the time it took."""

    revision: Revision
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement that a revision sent.

    Attributes:
        sql: Its text, values not put in.
        committed: Whether it was sent outside any transaction (`autocommit_block`).
    """

    sql: str
    committed: bool


@dataclass
class Progress:
    """The state of a run, kept up to date while Alembic works.

    Attributes:
        history: To name revisions.
        notify: Told when a revision starts and when it is done.
        place: The database at work, once connected.
        before: Ids that the database was marked with at the start.
        heads: Ids that it is marked with in the transaction now open.
        current: The revision at work; None between two.
        started: Whether any revision was started.
        steps: What was done.
        sent: Statements of the revision at work that succeeded, reading ones left out.
        failed: Its statement under way.
        transactional: Whether the database undoes a revision that fails.
        version_table: (schema, name) of the table that holds the marks.
        session: What the database calls the session at work; None where that is not known.
        lock_timed_out: Whether it failed because a lock was not had in time.
    """

    history: History
    notify: Notify
    place: Place | None = None
    before: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    current: Revision | None = None
    started: bool = False
    steps: list[Step] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    failed: str | None = None
    transactional: bool = False
    version_table: tuple[str | None, str] = (None, "alembic_version")
    session: SessionId | None = None
    lock_timed_out: bool = False

    def begin(self, heads: tuple[str, ...], context: MigrationContext) -> Place:
        """Take note of the connection, and listen to it from now on."""
        assert context.connection is not None  # noqa: S101  (an online run has one)
        self.place = place_of(context.connection)
        self.notify(Event(Stage.NOTE, "connected", str(self.place)))
        self.before = self.heads = tuple(heads)
        self.transactional = bool(context.impl.transactional_ddl)
        self.version_table = (context.version_table_schema, context.version_table)
        context.on_version_apply_callbacks = (*context.on_version_apply_callbacks, self.marked)
        event.listen(context.connection, "before_cursor_execute", self.sending)
        event.listen(context.connection, "after_cursor_execute", self.succeeded)
        return self.place

    def through(self, steps: Iterable[Any]) -> Iterator[Any]:
        """Yield Alembic's steps, timing each and telling of it."""
        planned = tuple(steps)
        by_id = {revision.id: revision for revision in self.history.revisions}
        for number, step in enumerate(planned, 1):
            revision = by_id[full_id(step)]
            self.current, self.started = revision, True
            self.sent.clear()
            self.tell(Stage.STARTED, revision, None, number - 1, len(planned))
            start = time.perf_counter()
            yield step
            duration_ms = (time.perf_counter() - start) * 1000
            self.current = None
            self.steps.append(Step(revision, duration_ms))
            self.tell(Stage.DONE, revision, duration_ms, number, len(planned))

    def tell(
        self, stage: Stage, revision: Revision, duration_ms: float | None, done: int, total: int
    ) -> None:
        """Send one event about a revision."""
        told = Event(stage, revision.shown, revision.message, duration_ms, done, total)
        self.notify(told)

    def marked(self, *, heads: set[str], **_: Any) -> None:
        """Take note of the new marks; Alembic's `on_version_apply`."""
        self.heads = tuple(sorted(heads))

    def sending(
        self, _connection: Any, _cursor: Any, sql: str, _values: Any, _context: Any, _many: bool
    ) -> None:
        """Take note of a statement about to be sent."""
        self.failed = sql

    def succeeded(
        self, connection: Any, _cursor: Any, sql: str, _values: Any, _context: Any, _many: bool
    ) -> None:
        """Take note of a statement that the database took."""
        self.failed = None
        if not sql.lstrip().upper().startswith(READING):
            level = connection.get_execution_options().get("isolation_level")
            self.sent.append(Sent(sql, level == "AUTOCOMMIT"))
