"""A schema as the history of revisions makes it, on an empty scratch database.

What is here runs behind the proof guard, in a process of its own.
"""

from alembic.script import ScriptDirectory

from asa.database.url import DatabaseUrl
from asa.errors import MigrationError
from asa.migrations.apart import marks_of
from asa.migrations.environment import Environment
from asa.migrations.lock import Patience
from asa.migrations.proof.replay_cache import Cache, key_of
from asa.migrations.proof.statement_log import recording, repeat
from asa.migrations.upgrade import upgrade
from asa.migrations.visit import standing_in
from asa.model.event import Notify

__all__ = ["ALONE", "ReplayError", "StaleError", "replay"]

# Nobody else is on a scratch database.
ALONE = Patience(lock=False, lock_timeout_s=0, retries=0)
VERSION_TABLE = (None, "alembic_version")


class ReplayError(MigrationError):
    """The history does not run on an empty database."""


class StaleError(MigrationError):
    """A kept log did not serve and is forgotten; the database is no longer empty."""


def replay(environment: Environment, target: tuple[str, ...], server: str, notify: Notify) -> None:
    """Bring the empty scratch database to where some revisions leave it.

    A history that was replayed before, file for file the same, is repeated from its log.

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
    cache = Cache()
    log = cache.read(key)
    if log is not None:
        if repeat(log, database) and marks_of(database, VERSION_TABLE) == tuple(sorted(target)):
            return
        cache.forget(key)
        raise StaleError("a kept replay did not serve")
    with recording(database.driver) as made:
        run(environment, target, notify)
    text = made.text()
    if text is not None:
        cache.write(key, text)


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
        raise ReplayError(error.message, error.hint, details=error.details) from error
