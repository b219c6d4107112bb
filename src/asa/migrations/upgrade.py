"""Apply revisions, or undo them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from asa.errors import MigrationError
from asa.migrations.environment import Environment
from asa.migrations.history import History, Unknown
from asa.migrations.lock import PATIENCE, Patience
from asa.migrations.move import Move, Moved
from asa.migrations.place import Place
from asa.migrations.visit import standing_in
from asa.model.event import Notify
from asa.model.revision import Revision

__all__ = ["Moved", "Undecided", "downgrade", "upgrade"]


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
) -> Moved:
    """Apply revisions up to a target.

    Args:
        environment: The project's Alembic environment.
        target: A revision, `head`, `heads`, or `+2`.
        notify: Told of every revision, and of every wait.
        patience: How long to wait for locks.
        allow_ahead: Whether a database that a newer release has moved on is left as it is.

    Raises:
        AsaError: A revision failed (`MigrationError` with the state left behind), the lock was
            not had, the database is unreachable, or the target does not exist.
    """
    with standing_in(environment) as site:

        def choose(heads: tuple[str, ...]) -> Iterable[Any]:
            if any(isinstance(known, Unknown) for known in site.history.known(heads)):
                return () if allow_ahead else refuse_ahead(site.history, heads)
            return site.script._upgrade_revs(target, heads)  # type: ignore[arg-type]

        move = Move(site, choose, "asa upgrade", target, notify, patience)
        move.look()
        return move.carry_out()


def refuse_ahead(history: History, heads: tuple[str, ...]) -> NoReturn:
    """Say that a database is where no file here can tell.

    Raises:
        MigrationError: Always.
    """
    lost = ", ".join(known.id for known in history.known(heads) if isinstance(known, Unknown))
    raise MigrationError(
        f'the database is marked with "{lost}", and no file here has that id',
        "get the file from where it was made; or --allow-ahead, for an older release on purpose",
    )


def downgrade(
    environment: Environment,
    target: str,
    notify: Notify,
    patience: Patience = PATIENCE,
    *,
    confirmed: bool = False,
) -> Moved | Undecided:
    """Undo revisions down to a target.

    Args:
        environment: The project's Alembic environment.
        target: A revision, `base`, or `-1`.
        notify: Told of every revision, and of every wait.
        patience: How long to wait for locks.
        confirmed: Whether a database that is not on this machine may be touched.

    Returns:
        What was undone; or, unconfirmed, what would be.

    Raises:
        AsaError: As `upgrade`.
    """
    with standing_in(environment) as site:

        def choose(heads: tuple[str, ...]) -> Iterable[Any]:
            return site.script._downgrade_revs(target, heads)  # type: ignore[arg-type]

        move = Move(site, choose, "asa downgrade", target, notify, patience)
        place = move.look()
        if move.planned and not confirmed and not place.local:
            return Undecided(move.planned, place)
        return move.carry_out()
