"""Apply revisions, undo them, or print what either would send."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from alembic.runtime.migration import MigrationContext

from asa.errors import ConfigurationError
from asa.migrations.environment import Environment
from asa.migrations.failure import explain_failure
from asa.migrations.history import Unknown
from asa.migrations.place import Place, same_place
from asa.migrations.progress import Progress, Step
from asa.migrations.visit import Site, standing_in
from asa.model.event import Event, Notify, Stage
from asa.model.revision import Revision

__all__ = ["Moved", "Undecided", "downgrade", "downgrade_sql", "upgrade", "upgrade_sql"]


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


@dataclass(frozen=True, slots=True)
class Undecided:
    """A downgrade that somebody must confirm first; nothing was done.

    Attributes:
        revisions: What would be undone, in order.
        place: The database.
    """

    revisions: tuple[Revision, ...]
    place: Place


class Unconfirmed(Exception):  # noqa: N818  (control flow within this module, never an error)
    """Leaves env.py before the first step."""

    def __init__(self, undecided: Undecided) -> None:
        super().__init__()
        self.undecided = undecided


def upgrade(environment: Environment, target: str, notify: Notify) -> Moved:
    """Apply revisions up to a target.

    Args:
        environment: The project's Alembic environment.
        target: A revision, `head`, `heads`, or `+2`.
        notify: Told of every revision.

    Raises:
        AsaError: A revision failed (`MigrationError` with the state left behind), the
            database is unreachable, or the target does not exist.
    """
    with standing_in(environment) as site:
        progress = Progress(site.history, notify)

        def choose(heads: tuple[str, ...]) -> Iterable[Any]:
            return site.script._upgrade_revs(target, heads)  # type: ignore[arg-type]

        run(site, progress, choose, "asa upgrade", target)
        return outcome(progress)


def downgrade(
    environment: Environment, target: str, notify: Notify, *, confirmed: bool = False
) -> Moved | Undecided:
    """Undo revisions down to a target.

    Args:
        environment: The project's Alembic environment.
        target: A revision, `base`, or `-1`.
        notify: Told of every revision.
        confirmed: Whether a database that is not on this machine may be touched.

    Returns:
        What was undone; or, unconfirmed, what would be.

    Raises:
        AsaError: As `upgrade`.
    """
    with standing_in(environment) as site:
        progress = Progress(site.history, notify)

        def choose(heads: tuple[str, ...]) -> Iterable[Any]:
            steps = tuple(site.script._downgrade_revs(target, heads))  # type: ignore[arg-type]
            place = progress.place
            if steps and not confirmed and place is not None and not place.local:
                undone = tuple(site.history.revision(step.revision) for step in steps)
                raise Unconfirmed(Undecided(undone, place))
            return steps

        try:
            run(site, progress, choose, "asa downgrade", target)
        except Unconfirmed as unconfirmed:
            return unconfirmed.undecided
        return outcome(progress)


def run(
    site: Site,
    progress: Progress,
    choose: Callable[[tuple[str, ...]], Iterable[Any]],
    verb: str,
    target: str,
) -> None:
    """Run the chosen steps inside env.py, keeping the progress."""

    def work(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
        progress.begin(heads, context)
        assert progress.place is not None  # noqa: S101  (begin has just set it)
        heed_elsewhere(site.environment, progress.place, progress.notify)
        steps = tuple(choose(heads))
        if steps and not heads:
            context._ensure_version_table()
        return progress.through(steps)

    site.run(
        work,
        explain=lambda error: explain_failure(error, progress, verb),
        destination_rev=target,
    )


def heed_elsewhere(environment: Environment, place: Place, notify: Notify) -> None:
    """Say, or refuse, where env.py connects to another database than the one named.

    Raises:
        ConfigurationError: The user named the other one for this very command.
    """
    named = environment.database
    if named is None or same_place(named, place.url):
        return
    origin = environment.config.url.origin if environment.config.url else ""
    if origin == "--url":
        raise ConfigurationError(
            "env.py does not connect to the database of --url, so nothing was done",
            'let env.py take config.attributes.get("url") first, as the one of asa init does',
            details=(("asked", named.shown), ("env.py", place.url.shown)),
        )
    text = f"env.py connects to {place.url.shown}, not to {named.shown} of {origin}"
    notify(Event(Stage.NOTE, "elsewhere", text))


def outcome(progress: Progress) -> Moved:
    """Return what a run that ended well has done."""
    assert progress.place is not None  # noqa: S101  (a run that ended well has connected)
    current = progress.history.known(progress.heads)
    return Moved(tuple(progress.steps), current, progress.place)


def upgrade_sql(environment: Environment, target: str) -> str:
    """Return the SQL of an upgrade, `start:end` or from the very beginning; no connection.

    Raises:
        AsaError: env.py cannot run offline, or the target does not exist.
    """
    return offline(environment, target, "_upgrade_revs")


def downgrade_sql(environment: Environment, target: str) -> str:
    """Return the SQL of a downgrade `start:end`; no connection.

    Raises:
        AsaError: As `upgrade_sql`; or the range has no start.
    """
    if ":" not in target:
        raise ConfigurationError(
            "without a database asa cannot know where the downgrade starts",
            "name both ends: asa downgrade START:END --sql",
        )
    return offline(environment, target, "_downgrade_revs")


def offline(environment: Environment, target: str, chooser: str) -> str:
    """Run env.py offline and return what it prints."""
    start, colon, end = target.rpartition(":")
    buffer = io.StringIO()
    with standing_in(environment, buffer) as site:
        choose = getattr(site.script, chooser)
        site.run(
            lambda heads, _context: choose(end, heads),
            as_sql=True,
            starting_rev=start if colon else None,
            destination_rev=end,
        )
    return buffer.getvalue()
