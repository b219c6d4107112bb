"""A revision that failed: which one, at which statement, and what state it left behind."""

from textwrap import wrap

from asa.database.dialect import dialect_named
from asa.database.engine import is_driver_error
from asa.database.url import parse_url
from asa.errors import AsaError, MigrationError
from asa.migrations.cause import driver_text, user_place
from asa.migrations.own_connection import marks_of
from asa.migrations.progress import Progress

__all__ = ["explain_failure", "explain_interruption", "statements_left"]

SQL_WIDTH, SQL_LINES = 66, 12
# A table, a column, an index, a foreign key.
THERE_ALREADY = frozenset({1050, 1060, 1061, 1826, 121})


def explain_failure(error: BaseException, progress: Progress, verb: str) -> MigrationError | None:
    """Return the report of a failed revision; None where no revision was at work yet.

    Args:
        error: What came out of Alembic's run.
        progress: The run as far as it came.
        verb: The command to type again: `asa upgrade`, `asa downgrade`.
    """
    if not progress.started:
        return None
    revision = progress.current or progress.steps[-1].revision
    progress.lock_timed_out = is_lock_timeout(error, progress)
    place = user_place(error, progress.history.environment) or revision.file
    details = [("at", place)]
    statement = getattr(error, "statement", None) or progress.failed
    if statement and isinstance(statement, str):
        details.append(("sql", laid_out(statement)))
    details.append(("error", driver_text(error)))
    marks = marks_now(progress)
    details.append(("state", state(progress, marks)))
    left = statements_left(progress)
    details += [("done", laid_out(sql)) for sql in left]
    when = "failed" if progress.current else "failed when it was committed"
    hint = remedy(error, progress, place, verb)
    return MigrationError(f"{revision} {when}", hint, details=tuple(details))


def explain_interruption(progress: Progress) -> str | None:
    """Say what state an interrupted run left; None where no revision was at work."""
    if not progress.started or progress.current is None:
        return None
    left = state(progress, marks_now(progress))
    if "CONCURRENTLY" in (progress.failed or "").upper():
        left += "; the index may be left invalid, and the next asa upgrade mends that"
    return f"interrupted in {progress.current}: {left}"


def is_lock_timeout(error: BaseException, progress: Progress) -> bool:
    """Tell whether a lock that was not had in time is all that failed."""
    if progress.place is None or not is_driver_error(error):
        return False
    url = progress.place.url
    return dialect_named(url.dialect).cause(error, url.shown).cause in ("lock-timeout", "locked")


def marks_now(progress: Progress) -> tuple[str, ...] | None:
    """Read the marks again, on a connection of asa's own; None where that is not possible."""
    if progress.place is None or progress.place.url.url.database in (None, "", ":memory:"):
        return None
    named = progress.history.environment.database
    try:
        database = named or parse_url(progress.place.url.text)
        return marks_of(database, progress.version_table)
    except AsaError:
        return None


def state(progress: Progress, marks: tuple[str, ...] | None) -> str:
    """Say what the database holds now."""
    if marks is None:
        marked = "the database could not be asked again where it stands"
    else:
        named = ", ".join(str(known) for known in progress.history.known(marks)) or "no revision"
        marked = f"the database is marked with {named}"
    left = statements_left(progress)
    if not left:
        undone = "rolled back" if progress.transactional else "nothing of it stays"
        before = len(progress.steps)
        if before and progress.transactional and marks == progress.before:
            undone += f", and the {'one' if before == 1 else before} before it too"
        return f"{undone}; {marked}"
    count = "1 statement" if len(left) == 1 else f"{len(left)} statements"
    why = (
        "they were sent in an autocommit block"
        if progress.transactional
        else "this database does not roll schema changes back"
    )
    return f"{count} of it may stay ({why}); {marked}"


def statements_left(progress: Progress) -> tuple[str, ...]:
    """Return the statements of the failed revision that no rollback undid."""
    if progress.current is None:
        return ()
    return tuple(sent.sql for sent in progress.sent if sent.committed or not progress.transactional)


def remedy(error: BaseException, progress: Progress, place: str, verb: str) -> str:
    """Say what to do next."""
    left = statements_left(progress)
    told = progress.place and dialect_named(progress.place.url.dialect).objects
    if told and verb == "asa upgrade" and (left or is_leftover(error)):
        return "asa status   tells what is done and left, and the SQL that ends or undoes it"
    if left:
        return f"correct {place}, undo or skip what is done, then {verb}"
    return f"correct {place}, then {verb}"


def is_leftover(error: BaseException) -> bool:
    """Tell whether MySQL says that a thing is there already, by an earlier attempt perhaps."""
    arguments: tuple[object, ...] = getattr(getattr(error, "orig", None), "args", ())
    return any(argument in THERE_ALREADY for argument in arguments[:1])


def laid_out(sql: str) -> str:
    """Return a statement as the revision has it, in lines that fit; cut where it is very long."""
    rows = [row.strip() for row in sql.strip().splitlines() if row.strip()]
    lines = [line for row in rows for line in wrap(row, SQL_WIDTH, break_long_words=False)]
    return "\n".join(lines if len(lines) <= SQL_LINES else [*lines[: SQL_LINES - 1], "..."])
