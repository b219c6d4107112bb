"""A schema as the history of revisions makes it, on an empty scratch database.

What is here runs behind the proof guard, in a process of its own.
"""

from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError, MigrationError
from asa.migrations.cause import driver_text
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.lock import Patience
from asa.migrations.own_connection import marks_of, run_apart
from asa.migrations.proof.baseline import Baseline, stored
from asa.migrations.proof.replay_cache import Cache, key_of
from asa.migrations.proof.statement_log import recording, repeat
from asa.migrations.upgrade import upgrade
from asa.model.event import Notify

__all__ = ["ALONE", "ReplayError", "StaleError", "replay"]

# Nobody else is on a scratch database.
ALONE = Patience(lock=False, lock_timeout_s=0, retries=0)
FORMATTING = frozenset(("aiomysql", "asyncmy", "psycopg"))
VERSION_TABLE = (None, "alembic_version")


class ReplayError(MigrationError):
    """The history does not run on an empty database."""


class StaleError(MigrationError):
    """A kept log did not serve and is forgotten; the database is no longer empty."""


def replay(environment: Environment, target: tuple[str, ...], server: str, notify: Notify) -> None:
    """Bring the empty scratch database to where some revisions leave it.

    A history that was replayed before, file for file the same, is repeated from its log. A
    baseline stands in for what comes before it.

    Args:
        environment: The project's, with the scratch as its database.
        target: Ids; none to leave the database empty.
        server: What the scratch's server is; another one may answer otherwise.
        notify: Told of every revision.

    Raises:
        ReplayError: A revision fails on an empty database; the message names it.
        StaleError: The log did not serve; begin again on an empty database.
    """
    database = environment.database
    assert database is not None  # noqa: S101  (a guarded process always has one)
    if not target:
        return
    with standing_in(environment) as site:
        key = key_for(site.script, target, server, database)
        begun = beginning(site.script, target, database.dialect)
    cache = Cache()
    log = cache.read(key)
    if log is not None:
        if repeat(log, database) and marks_of(database, VERSION_TABLE) == tuple(sorted(target)):
            return
        cache.forget(key)
        raise StaleError("a kept replay did not serve")
    with recording(database.driver) as made:
        if begun is not None:
            lay(begun, database)
        run(environment, target, notify)
    text = made.text()
    if text is not None:
        cache.write(key, text)


def beginning(script: ScriptDirectory, target: tuple[str, ...], dialect: str) -> Baseline | None:
    """Return the baseline that stands in for the first part of the way to some revisions."""
    found = stored(script, dialect)
    walk = script.iterate_revisions(target, "base")
    if found is None or not set(found.revisions) <= {revision.revision for revision in walk}:
        return None
    return found


def lay(baseline: Baseline, database: DatabaseUrl) -> None:
    """Make a baseline's schema in the empty database.

    Raises:
        ReplayError: It cannot be made there.
    """
    try:
        run_apart(send(baseline.statements, database))
    except (DatabaseError, SQLAlchemyError) as error:
        raise ReplayError(
            f"the baseline of {baseline.server} cannot be laid here: {driver_text(error)}",
            "take it again: asa migrate --baseline",
        ) from error


async def send(statements: tuple[str, ...], database: DatabaseUrl) -> None:
    """Send statements, each in a transaction of its own."""
    async with connection_to(database, autocommit=True) as connection:
        for sql in statements:
            await connection.exec_driver_sql(escaped(sql, database))


def escaped(sql: str, database: DatabaseUrl) -> str:
    """Return a statement in which a driver finds no place for parameters."""
    return sql.replace("%", "%%") if database.driver in FORMATTING else sql


def key_for(
    script: ScriptDirectory, target: tuple[str, ...], server: str, database: DatabaseUrl
) -> str:
    """Return the key of a replay: its revisions' files, without those that follow."""
    revisions = script.iterate_revisions(target, "base")
    wanted = {revision.path for revision in revisions}
    later = {revision.path for revision in script.walk_revisions()} - wanted
    return key_of(script, later, *target, server, database.driver)


def run(environment: Environment, target: tuple[str, ...], notify: Notify) -> None:
    """Run the history.

    Raises:
        ReplayError: It does not run on an empty database.
    """
    try:
        for one in target:
            upgrade(environment, one, notify, ALONE)
    except MigrationError as error:
        hint = "mend it, or let a stored schema stand in for what is old: asa migrate --baseline"
        raise ReplayError(error.message, hint, details=error.details) from error
