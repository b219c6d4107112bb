"""A revision of which only a part was applied, where the database does not undo schema changes.

Nothing in the user's database tells it: its schema is compared with every state that the
revision goes through on scratch.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.errors import AsaError, MigrationError, ScratchError
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.move import Move
from asa.migrations.offline import downgrade_sql
from asa.migrations.own_connection import run_apart
from asa.migrations.place import Place
from asa.migrations.proof.begun import begun
from asa.migrations.proof.course import Course, Objects
from asa.migrations.proof.guard import run_guarded
from asa.migrations.proof.replay import ALONE, StaleError, replay
from asa.migrations.proof.revision_proof import other_make
from asa.migrations.proof.scratch_server import bench_for, why_no_scratch
from asa.migrations.wrong_database import own_url
from asa.model.event import Notify, silent
from asa.model.revision import Revision
from asa.sql.words import statements_of

__all__ = ["HalfApplied", "NotCompared", "find_half_applied"]

VERSION_TABLE = "alembic_version"


@dataclass(frozen=True, slots=True)
class HalfApplied:
    """A revision that stopped on its way.

    Attributes:
        revision: Which one; the database is not marked with it.
        done: Its statements that were done, as they can be typed.
        unknown: Those of which the schema does not tell.
        left: Those that were not done.
        obstacle: Why they cannot be done as they are: they fail on scratch too.
        undo: What undoes the part that is done, tried on scratch; None where nothing does.
        reads_rows: Whether the revision asks for rows, so that others may have been sent.
    """

    revision: Revision
    done: tuple[str, ...]
    unknown: tuple[str, ...]
    left: tuple[str, ...]
    obstacle: str | None = None
    undo: tuple[str, ...] | None = None
    reads_rows: bool = False


@dataclass(frozen=True, slots=True)
class NotCompared:
    """The revision has left traces, and could not be compared; `reason` is a clause."""

    revision: Revision
    reason: str


def find_half_applied(
    environment: Environment,
    place: Place,
    marks: tuple[str, ...],
    pending: tuple[Revision, ...],
    lent: str | None,
    notify: Notify,
) -> HalfApplied | NotCompared | None:
    """Find out whether the next revision was begun and not ended; nothing is changed.

    Args:
        environment: The project's Alembic environment.
        place: The database.
        marks: Ids that it is marked with.
        pending: What an upgrade would apply, in order.
        lent: URL of a server that the user lends for scratch; None to start one.
        notify: Told that scratch is at work.

    Returns:
        None where no trace of the revision is to be seen.

    Raises:
        AsaError: The database cannot be reached.
    """
    read = dialect_named(place.url.dialect).objects
    if read is None or not pending:
        return None
    revision = pending[0]
    real = run_apart(objects_of(own_url(environment, place)))
    if not begun(environment, revision, place, real):
        return None
    try:
        return compared(environment, revision, marks, place, real, lent, notify)
    except ScratchError as error:
        return NotCompared(revision, why_no_scratch(place.url.dialect, error))
    except AsaError as error:
        return NotCompared(revision, error.message)


async def objects_of(database: DatabaseUrl) -> Objects:
    """Read the objects of a database over a connection of asa's own."""
    read = dialect_named(database.dialect).objects
    assert read is not None  # noqa: S101  (asked before)
    async with connection_to(database) as connection:
        return await connection.run_sync(read)


def compared(
    environment: Environment,
    revision: Revision,
    marks: tuple[str, ...],
    place: Place,
    real: Objects,
    lent: str | None,
    notify: Notify,
) -> HalfApplied | NotCompared | None:
    """Compare with every state on scratch, behind the guard.

    Raises:
        AsaError: There is no scratch, or the history before does not replay there.
    """
    with bench_for(place.url.dialect, lent, place.server) as bench:
        foreign = other_make(bench.expected, place.server)
        if foreign is not None:
            return NotCompared(revision, foreign)
        for _ in range(2):
            try:
                with bench.database() as database:
                    answer = run_guarded(
                        retraced,
                        revision,
                        marks,
                        real,
                        str(bench.server.about),
                        environment=environment,
                        scratch=database,
                        notify=notify,
                        lent=bench.shared,
                    )
            except StaleError:
                continue
            found: HalfApplied | NotCompared | None = answer.value
            return found
    return NotCompared(revision, "the history before it does not replay twice alike")


def retraced(
    environment: Environment,
    revision: Revision,
    marks: tuple[str, ...],
    real: Objects,
    server: str,
    _notify: Notify,
) -> HalfApplied | NotCompared | None:
    """Go the revision's way on scratch, and find where on it the database stands.

    Raises:
        AsaError: The history before it does not replay.
    """
    database = environment.database
    assert database is not None  # noqa: S101  (a guarded process always has one)
    read = dialect_named(database.dialect).objects
    assert read is not None  # noqa: S101  (asked before)
    replay(environment, marks, server, silent)
    course = Course(read, VERSION_TABLE)
    obstacle = gone(environment, revision, course)
    span = course.place_of(real)
    if span is None:
        return NotCompared(revision, "the database equals none of its intermediate states")
    if span.least == 0:
        return None
    sent, most = tuple(course.sent), span.most
    return HalfApplied(
        revision,
        sent[: span.least],
        sent[span.least : most],
        sent[most:],
        obstacle if most < len(sent) else None,
        undoing(environment, revision, database, course, span.least),
        course.reads_rows,
    )


def gone(environment: Environment, revision: Revision, course: Course) -> str | None:
    """Apply a revision, every statement noted; return why it failed, None where it did not."""
    with standing_in(environment) as site, course.recording():
        move = Move(
            site,
            lambda heads: site.steps_up(revision.id, heads),
            "asa status",
            revision.id,
            course.hear,
            ALONE,
        )
        try:
            move.run()
        except MigrationError as error:
            return dict(error.details).get("error", error.message)
    return None


def undoing(
    environment: Environment, revision: Revision, database: DatabaseUrl, course: Course, done: int
) -> tuple[str, ...] | None:
    """Return those statements of the downgrade that undo what is done, tried on scratch."""
    below = revision.parents[0] if revision.parents else "base"
    try:
        sql = downgrade_sql(environment, f"{revision.id}:{below}")
    except AsaError:
        return None
    down = tuple(one for one in statements_of(sql) if VERSION_TABLE not in one)
    try:
        return run_apart(undone(database, course, course.sent[:done], down))
    except (AsaError, SQLAlchemyError):
        return None


async def undone(
    database: DatabaseUrl, course: Course, up: Iterable[str], down: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Undo all, do a part, undo that; return what did it, None where the start is not reached."""
    async with connection_to(database, autocommit=True) as connection:

        async def taken(sql: str) -> bool:
            try:
                await connection.exec_driver_sql(sql.replace("%", "%%"))
            except SQLAlchemyError:
                return False
            return True

        for sql in down:
            await taken(sql)
        if await connection.run_sync(course.read) != course.states[0]:
            return None
        for statements in up:
            for sql in statements_of(statements):
                await taken(sql)
        used = tuple([sql for sql in down if await taken(sql)])
        same = await connection.run_sync(course.read) == course.states[0]
    return used if same else None
