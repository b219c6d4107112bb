"""Apply revisions, or undo them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from asa.errors import MigrationError
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.history import Unknown
from asa.migrations.lock import PATIENCE, Patience
from asa.migrations.move import Move, Moved
from asa.migrations.place import Place
from asa.model.event import Notify
from asa.model.revision import Revision

__all__ = ["GET_FILE", "Moved", "Undecided", "ahead", "downgrade", "upgrade"]

GET_FILE = "get the file from where it was made"
GET_FILE_OR_ALLOW = f"{GET_FILE}; or --allow-ahead, for an older release on purpose"


@dataclass(frozen=True, slots=True)
class Undecided:
    """A downgrade that somebody must confirm first; nothing was done.

    Attributes:
        revisions: What would be undone, in order.
        place: The database.
    """

    revisions: tuple[Revision, ...]
    place: Place


def upgrade(
    environment: Environment,
    target: str,
    notify: Notify,
    patience: Patience = PATIENCE,
    *,
    allow_ahead: bool = False,
    copied: bool = False,
) -> Moved:
    """Apply revisions up to a target.

    Args:
        environment: The project's Alembic environment.
        target: A revision, `head`, `heads`, or `+2`.
        notify: Told of every revision, and of every wait.
        patience: How long to wait for locks.
        allow_ahead: Whether a database that a newer release has moved on is left as it is.
        copied: Whether a database that is a file is copied before, and kept until success.

    Raises:
        AsaError: A revision failed (`MigrationError` with the state left behind), the lock was
            not had, the database is unreachable, or the target does not exist.
    """
    with standing_in(environment) as site:

        def choose(heads: tuple[str, ...]) -> Iterable[Any]:
            site.history.check(target)
            lost = site.history.lost(heads)
            if lost and allow_ahead:
                return ()
            if lost:
                raise ahead(lost, GET_FILE_OR_ALLOW)
            return site.steps_up(target, heads)

        move = Move(site, choose, "asa upgrade", target, notify, patience, copied)
        move.look()
        return move.carry_out()


def ahead(lost: tuple[Unknown, ...], hint: str) -> MigrationError:
    """Return the error for a database that is where no file here can tell."""
    ids = ", ".join(known.id for known in lost)
    return MigrationError(
        f'the database is marked with "{ids}", and no file here has that id', hint
    )


def downgrade(
    environment: Environment,
    target: str,
    notify: Notify,
    patience: Patience = PATIENCE,
    *,
    confirmed: bool = False,
    copied: bool = False,
) -> Moved | Undecided:
    """Undo revisions down to a target.

    Args:
        environment: The project's Alembic environment.
        target: A revision, `base`, or `-1`.
        notify: Told of every revision, and of every wait.
        patience: How long to wait for locks.
        confirmed: Whether a database that is not on this machine may be touched.
        copied: As `upgrade`.

    Returns:
        What was undone; or, unconfirmed, what would be.

    Raises:
        AsaError: As `upgrade`.
    """
    with standing_in(environment) as site:

        def choose(heads: tuple[str, ...]) -> Iterable[Any]:
            site.history.check(target)
            lost = site.history.lost(heads)
            if lost:
                raise ahead(lost, GET_FILE)
            return site.steps_down(target, heads)

        move = Move(site, choose, "asa downgrade", target, notify, patience, copied)
        place = move.look()
        if move.planned and not confirmed and not place.local:
            return Undecided(move.planned, place)
        return move.carry_out()
