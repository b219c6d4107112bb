"""An upgrade rehearsed on scratch: the pending revisions over the history that was applied."""

from asa.database.dialect import dialect_named
from asa.database.sample import MOST_ROWS, Sample, Wanted
from asa.errors import DatabaseError, MigrationError
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.history import Unknown
from asa.migrations.own_connection import run_apart
from asa.migrations.place import Place
from asa.migrations.proof.guard import run_guarded
from asa.migrations.proof.replay import ALONE, StaleError, replay
from asa.migrations.proof.revision_proof import other_make
from asa.migrations.proof.scratch_server import bench_for
from asa.migrations.review.collection import hear
from asa.migrations.status import read_place
from asa.migrations.upgrade import GET_FILE, Moved, ahead, upgrade
from asa.migrations.wrong_database import own_url
from asa.model.change import Step
from asa.model.event import Event, Notify, Stage, silent
from asa.model.operation import AddConstraint, CreateIndex

__all__ = ["rehearse"]

VERSION_TABLE = "alembic_version"
EVIDENCE = ("at", "sql", "error")


def rehearse(
    environment: Environment,
    target: str,
    lent: str | None,
    notify: Notify,
    *,
    allow_ahead: bool = False,
    rows: int = MOST_ROWS,
) -> Moved:
    """Apply revisions to a scratch database that stands where the real one does.

    The real database is asked where it stands, and for a sample of its rows.

    Args:
        environment: The project's Alembic environment.
        target: A revision, `head`, `heads`, or `+2`.
        lent: URL of a server that the user lends; None to start one.
        notify: Told of every pending revision.
        allow_ahead: Whether a database that a newer release has moved on is well as it is.
        rows: How many rows of each table to take along; 0 for none.

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
    wanted = Wanted(rows, VERSION_TABLE, to_be_unique(environment, place, marks))
    sample = sampled(environment, place, wanted, notify)
    with bench_for(place.server.dialect, lent, place.server) as bench:
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
                        sample,
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


def to_be_unique(
    environment: Environment, place: Place, marks: tuple[str, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return (table, columns) that pending revisions want to be unique."""
    steps: list[Step] = []
    with standing_in(environment) as site:
        for revision in site.history.pending(marks):
            script = site.script.get_revision(revision.id)
            assert script is not None  # noqa: S101  (it is pending)
            upgrade, _ = hear(site, script, place.url.dialect, place.server, both=False)
            steps += upgrade.steps
    operations = [step.operation for step in steps]
    indexes = [one for one in operations if isinstance(one, CreateIndex) and one.unique]
    keys = [one for one in operations if isinstance(one, AddConstraint) and one.kind == "unique"]
    unique: list[CreateIndex | AddConstraint] = [*indexes, *keys]
    return tuple((one.table, one.columns) for one in unique)


def sampled(environment: Environment, place: Place, wanted: Wanted, notify: Notify) -> Sample:
    """Read a sample of the database's rows, and tell of it; an empty one where there is none."""
    sampling = dialect_named(place.url.dialect).sampling
    if sampling is None or not wanted.most:
        return Sample(())
    try:
        sample = run_apart(sampling.read(own_url(environment, place), wanted))
    except DatabaseError as error:
        notify(Event(Stage.NOTE, "sample", f"no rows are taken along: {error.message}"))
        return Sample(())
    filled = sum(bool(table.rows) for table in sample.tables)
    if filled:
        rows = "1 row" if sample.rows == 1 else f"{sample.rows:,} rows"
        counted = f"{rows} of {filled} {'table' if filled == 1 else 'tables'}"
        notify(
            Event(
                Stage.NOTE,
                "sample",
                f"taking along {counted}, at most {wanted.most} by chance from each",
            )
        )
    if sample.left_out:
        names = ", ".join(sample.left_out)
        notify(Event(Stage.NOTE, "sample", f"without the rows of {names}: not to be read"))
    return sample


def rehearsed(
    environment: Environment,
    marks: tuple[str, ...],
    target: str,
    server: str,
    sample: Sample,
    notify: Notify,
) -> Moved:
    """Replay what is applied, then apply what is pending; runs behind the guard.

    Raises:
        MigrationError: A revision fails.
    """
    replay(environment, marks, server, silent)
    database = environment.database
    assert database is not None  # noqa: S101  (a guarded process always has one)
    sampling = dialect_named(database.dialect).sampling
    if sampling is not None and sample.tables:
        refused = run_apart(sampling.write(database, sample))
        if refused:
            text = f"without the rows of {', '.join(refused)}: scratch did not take them"
            notify(Event(Stage.NOTE, "sample", text))
    try:
        return upgrade(environment, target, notify, ALONE)
    except MigrationError as error:
        told = tuple(detail for detail in error.details if detail[0] in EVIDENCE)
        message = f"{error.message} on scratch; the database itself was not touched"
        raise MigrationError(message, "correct it, then rehearse again", details=told) from error
