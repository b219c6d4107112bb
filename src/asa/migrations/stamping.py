"""Change what a database is marked with, and join heads, without touching the schema."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.util import rev_id

from asa.errors import FindingsError, UsageError
from asa.migrations.directory import whole_files
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.history import History, Unknown
from asa.migrations.message import clean_message
from asa.migrations.place import Place, place_of
from asa.migrations.wrong_database import heed_elsewhere
from asa.model.event import Notify
from asa.model.revision import Revision

__all__ = ["Marked", "find_revision", "merge", "read_history", "stamp"]


@dataclass(frozen=True, slots=True)
class Marked:
    """What a database was marked with and is marked with now."""

    place: Place
    before: tuple[Revision | Unknown, ...]
    after: tuple[Revision | Unknown, ...]


def read_history(environment: Environment) -> tuple[Revision, ...]:
    """Return every revision, children before their parents; no database is asked.

    Raises:
        AsaError: A revision file cannot be read.
    """
    with standing_in(environment) as site:
        return site.history.revisions


def find_revision(environment: Environment, target: str) -> Revision:
    """Return one revision, by its id, the beginning of it, or `head`.

    Raises:
        UsageError: There is none of that id, or several begin so.
    """
    with standing_in(environment) as site:
        site.history.check(target)
        script = site.script.get_revision(target)
        if script is None:
            raise UsageError(f'"{target}" names no revision file', "asa history")
        return site.history.revision(script)


def stamp(environment: Environment, targets: tuple[str, ...], notify: Notify) -> Marked:
    """Mark a database with revisions, running none.

    Args:
        environment: The project's Alembic environment.
        targets: Revisions, `head`, `heads` or `base`.
        notify: Told where env.py connects to another database than the one named.

    Raises:
        AsaError: A target does not exist, or the database is unreachable.
    """
    with standing_in(environment) as site:
        found: list[tuple[Place, tuple[str, ...]]] = []
        marks: list[str] = []

        def marked(*, heads: set[str], **_: Any) -> None:
            marks[:] = sorted(heads)

        def work(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            assert context.connection is not None  # noqa: S101  (an online run has one)
            place = place_of(context.connection)
            heed_elsewhere(environment, place, notify)
            found.append((place, tuple(heads)))
            marks[:] = heads
            context.on_version_apply_callbacks = (*context.on_version_apply_callbacks, marked)
            for target in targets:
                site.history.check(target)
            steps = site.script._stamp_revs(targets, heads)
            if steps and not heads:
                context._ensure_version_table()
            return steps

        site.run(work, destination_rev=targets)
        place, before = found[-1]
        return Marked(place, site.history.known(before), site.history.known(marks))


def merge(environment: Environment, message: str, targets: tuple[str, ...]) -> Revision:
    """Write a revision that joins heads and changes nothing itself.

    Args:
        environment: The project's Alembic environment.
        message: What is said of it.
        targets: The heads to join; all of them where none is named.

    Raises:
        FindingsError: There is but one head.
        AsaError: A target does not exist or is no head.
    """
    message = clean_message(message)
    with standing_in(environment) as site:
        if not targets and len(site.history.heads) < 2:
            raise FindingsError("there is nothing to merge: the history has one head", "asa heads")
        directory = whole_files(site.script)
        script = directory.generate_revision(
            rev_id(),
            message,
            refresh=True,
            head=targets or ("heads",),
            config=site.alembic,
        )
        assert script is not None  # noqa: S101  (only a sourceless directory has none)
        return History(directory, environment).revision(script)
