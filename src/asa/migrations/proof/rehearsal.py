"""An upgrade rehearsed on scratch: the pending revisions over the history that was applied."""

from asa.errors import MigrationError
from asa.migrations.environment import Environment
from asa.migrations.history import Unknown
from asa.migrations.proof.guard import run_guarded
from asa.migrations.proof.replay import ALONE, StaleError, replay
from asa.migrations.proof.revision_proof import other_make
from asa.migrations.proof.scratch_server import bench_for
from asa.migrations.status import read_place
from asa.migrations.upgrade import GET_FILE, Moved, ahead, upgrade
from asa.model.event import Event, Notify, Stage, silent

__all__ = ["rehearse"]

EVIDENCE = ("at", "sql", "error")


def rehearse(
    environment: Environment,
    target: str,
    lent: str | None,
    notify: Notify,
    *,
    allow_ahead: bool = False,
) -> Moved:
    """Apply revisions to a scratch database that stands where the real one does.

    The real database is asked where it stands, and no more.

    Args:
        environment: The project's Alembic environment.
        target: A revision, `head`, `heads`, or `+2`.
        lent: URL of a server that the user lends; None to start one.
        notify: Told of every pending revision.
        allow_ahead: Whether a database that a newer release has moved on is well as it is.

    Returns:
        What would be applied; its place is the scratch database.

    Raises:
        MigrationError: A revision fails, or the history before does not replay.
        AsaError: The database is unreachable, or there is no scratch server.
    """
    place, current = read_place(environment, notify)
    lost = tuple(known for known in current if isinstance(known, Unknown))
    if lost and allow_ahead:
        return Moved((), current, place)
    if lost:
        raise ahead(lost, GET_FILE)
    marks = tuple(sorted(known.id for known in current))
    with bench_for(place.server.dialect, lent) as bench:
        foreign = other_make(bench.expected, place.server)
        if foreign:
            notify(Event(Stage.NOTE, "scratch", f"{foreign}, the database {place.server.flavour}"))
        for _ in range(2):
            try:
                with bench.database() as database:
                    answer = run_guarded(
                        rehearsed,
                        marks,
                        target,
                        str(bench.server.about),
                        environment=environment,
                        scratch=database,
                        notify=notify,
                        lent=bench.shared,
                    )
            except StaleError:
                continue
            moved: Moved = answer.value
            return moved
    raise MigrationError("the history does not replay twice alike")


def rehearsed(
    environment: Environment, marks: tuple[str, ...], target: str, server: str, notify: Notify
) -> Moved:
    """Replay what is applied, then apply what is pending; runs behind the guard.

    Raises:
        MigrationError: A revision fails.
    """
    replay(environment, marks, server, silent)
    try:
        return upgrade(environment, target, notify, ALONE)
    except MigrationError as error:
        told = tuple(detail for detail in error.details if detail[0] in EVIDENCE)
        message = f"{error.message} on scratch; the database itself was not touched"
        raise MigrationError(message, "correct it, then rehearse again", details=told) from error
