"""One upgrade or downgrade: looked at first, then carried out under the lock."""

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import event

from asa.database.dialect import dialect_named
from asa.database.url import DatabaseUrl
from asa.errors import AsaError, DatabaseError, MigrationError
from asa.migrations.env_run import Site, Work
from asa.migrations.failure import explain_failure, explain_interruption, statements_left
from asa.migrations.history import Unknown, full_id
from asa.migrations.lock import LONGEST_PAUSE_S, Patience, limited_waits, locked
from asa.migrations.own_connection import end_session, run_apart
from asa.migrations.place import Place
from asa.migrations.pooler import refuse_pooler
from asa.migrations.progress import Progress, Step
from asa.migrations.safety_copy import kept_copy
from asa.migrations.wrong_database import heed_elsewhere, own_url
from asa.model.event import Event, Notify, Stage
from asa.model.revision import Revision

__all__ = ["Move", "Moved"]

FILE_LOCKED = "locked"
Choose = Callable[[tuple[str, ...]], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Moved:
    """A run that ended well.

    Attributes:
        steps: Revisions applied or undone, in order; empty where there was nothing to do.
        current: Where the database stands now.
        place: The database.
    """

    steps: tuple[Step, ...]
    current: tuple[Revision | Unknown, ...]
    place: Place

    @property
    def ahead(self) -> bool:
        """Whether the database is marked with what no file here has."""
        return any(isinstance(known, Unknown) for known in self.current)


@dataclass
class Move:
    """One upgrade or downgrade: first looked at, then carried out.

    Attributes:
        site: The project.
        choose: Returns Alembic's steps from the ids that the database is marked with.
        verb: The command as typed, for hints.
        target: The revision aimed at.
        notify: Told of what happens.
        patience: How long to wait for locks.
        copied: Whether a database that is a file is copied before.
        planned: What the look found to do.
        progress: The run that was made last.
        done: Steps done so far, by id; a retry does some of them again.
    """

    site: Site
    choose: Choose
    verb: str
    target: str
    notify: Notify
    patience: Patience
    copied: bool = False
    planned: tuple[Revision, ...] = ()
    progress: Progress = field(init=False)
    done: dict[str, Step] = field(default_factory=dict)

    def look(self) -> Place:
        """Plan; where SQLite's file is locked, by an upgrade at work perhaps, wait for it.

        Raises:
            DatabaseError: It stayed locked, or the database is unreachable.
        """
        until = time.monotonic() + self.patience.lock_wait_s
        attempt = 1
        while True:
            try:
                return self.plan()
            except DatabaseError as error:
                if error.cause != FILE_LOCKED or time.monotonic() >= until:
                    raise
                if attempt == 1:
                    text = f"waiting: {error.message}"
                    self.notify(Event(Stage.NOTE, "lock", text))
            time.sleep(min(self.patience.pause(attempt), LONGEST_PAUSE_S))
            attempt += 1

    def plan(self) -> Place:
        """Look what there is to do and where, changing nothing."""
        self.progress = Progress(self.site.history, self.notify)

        def work(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            place = self.progress.begin(heads, context)
            heed_elsewhere(self.site.environment, place, self.notify)
            ids = [full_id(step) for step in self.choose(heads)]
            by_id = {revision.id: revision for revision in self.site.history.revisions}
            self.planned = tuple(by_id[known] for known in ids)
            return ()

        # Without a destination, as Alembic runs what only looks: env.py may lock else.
        self.site.run(work, reading=True)
        return self.place

    @property
    def place(self) -> Place:
        """The database, once looked at."""
        assert self.progress.place is not None  # noqa: S101  (a look that ended well has connected)
        return self.progress.place

    def carry_out(self) -> Moved:
        """Do what was planned, under the lock; nothing at all where nothing was planned.

        Raises:
            MigrationError: A revision failed, or a lock was not had.
        """
        if self.planned:
            if self.patience.in_session:
                refuse_pooler(self.own_url, self.site.environment.config)
            with (
                locked(self.own_url, self.patience, self.notify),
                limited_waits(self.place.url.dialect, self.patience),
                self.copy_kept(),
            ):
                self.run_with_retries()
        current = self.site.history.known(self.progress.heads)
        return Moved(tuple(self.done.values()), current, self.place)

    def copy_kept(self) -> AbstractContextManager[None]:
        """Return the context that keeps a copy, where one is wanted."""
        if not self.copied:
            return nullcontext()
        return kept_copy(self.own_url, self.progress.version_table[1], self.notify)

    @property
    def own_url(self) -> DatabaseUrl:
        """How asa itself reaches the database that env.py reaches."""
        return own_url(self.site.environment, self.place)

    def run_with_retries(self) -> None:
        """Run the steps; again where nothing but a table's lock was in the way."""
        attempt = 1
        while not self.ended(attempt):
            attempt += 1

    def ended(self, attempt: int) -> bool:
        """Run the steps once; False where it is worth another try, after a pause."""
        try:
            self.run()
        except (MigrationError, DatabaseError) as error:
            locked_out = isinstance(error, DatabaseError) and error.cause == FILE_LOCKED
            if attempt > self.patience.retries or not (locked_out or self.may_retry()):
                raise
            pause = self.patience.pause(attempt)
            self.notify(Event(Stage.NOTE, "lock-timeout", self.news(error, attempt, pause)))
            time.sleep(pause)
            return False
        return True

    def run(self) -> None:
        """Run the steps inside env.py, keeping the progress."""
        self.progress = progress = Progress(self.site.history, self.notify)

        def work(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            progress.begin(heads, context)
            self.know_session(context)
            self.clear_leftovers(context)
            steps = tuple(self.choose(heads))
            if steps and not heads:
                context._ensure_version_table()
            return progress.through(steps)

        try:
            self.attempt(work)
        finally:
            self.done.update((step.revision.id, step) for step in progress.steps)

    def attempt(self, work: Work) -> None:
        """Run env.py; where somebody interrupts it, say what state that leaves."""
        try:
            self.site.run(work, explain=self.explain, destination_rev=self.target)
        except KeyboardInterrupt:
            self.end_session()
            said = explain_interruption(self.progress)
            if said is not None:
                self.notify(Event(Stage.NOTE, "interrupted", said))
            raise

    def know_session(self, context: MigrationContext) -> None:
        """Take note of the session at work."""
        sql = dialect_named(self.place.url.dialect).session.identity
        if sql and self.patience.in_session and context.connection is not None:
            self.progress.session = tuple(context.connection.exec_driver_sql(sql).one())

    def end_session(self) -> None:
        """End what the database goes on with: a driver that is interrupted may not tell it."""
        if self.progress.session is None:
            return
        with suppress(AsaError):
            run_apart(end_session(self.own_url, self.progress.session))

    def clear_leftovers(self, context: MigrationContext) -> None:
        """Let each statement find its way clear of what an interrupted attempt left."""
        connection = context.connection
        clear = dialect_named(self.place.url.dialect).clear_leftover
        if clear is None or connection is None:
            return
        wait_s, notify = self.patience.lock_wait_s, self.notify

        def before(
            connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, _many: bool
        ) -> tuple[str, Any]:
            return clear(connection, sql, wait_s, notify), values

        event.listen(connection, "before_cursor_execute", before, retval=True)

    def explain(self, error: BaseException) -> AsaError | None:
        """Return the report of a revision that failed."""
        return explain_failure(error, self.progress, self.verb)

    def may_retry(self) -> bool:
        """Tell whether a lock's time-out was all, and nothing of the revision stays."""
        return self.progress.lock_timed_out and not statements_left(self.progress)

    def news(self, error: AsaError, attempt: int, pause: float) -> str:
        """Say that a revision is tried again."""
        revision = self.progress.current or "the commit"
        table = dict(error.details).get("sql", "").partition("\n")[0]
        tries = f"try {attempt + 1} of {self.patience.retries + 1} in {pause:.1f} s"
        return f"{revision} waits for a lock, nothing of it stays; {tries}: {table}".rstrip(": ")
