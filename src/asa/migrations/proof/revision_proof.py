"""The proof of a revision: up, down and up again on a scratch database, equal to the models."""

import time
from dataclasses import dataclass
from typing import TypeAlias

from asa.errors import AsaError, MigrationError, ScratchError
from asa.migrations.drift import Drift
from asa.migrations.environment import Environment
from asa.migrations.proof.guard import OverdueError, run_guarded
from asa.migrations.proof.replay import ALONE, ReplayError, StaleError, replay
from asa.migrations.proof.scratch_server import Bench, why_no_scratch
from asa.migrations.status import NotCompared, read_drift
from asa.migrations.upgrade import Moved, downgrade, upgrade
from asa.model.event import Notify, silent
from asa.model.operation import Operation
from asa.model.revision import Revision
from asa.model.server import Server

__all__ = [
    "LIMIT_S",
    "Proof",
    "Proved",
    "Refuted",
    "Unproved",
    "not_undone",
    "other_make",
    "prove",
]

LIMIT_S = 10.0
FLAVOURS_OF_MYSQL = frozenset({"MySQL", "MariaDB"})


@dataclass(frozen=True, slots=True)
class Proved:
    """Every revision went up, down and up again.

    Attributes:
        up_ms: Time of all first ways up; likewise down and up again.
        compared: None where the schema equals the models; else why that was not looked at.
        server: What it was proved on.
        revisions: Number of revisions.
    """

    up_ms: float
    down_ms: float
    again_ms: float
    compared: str | None
    server: Server
    revisions: int = 1


@dataclass(frozen=True, slots=True)
class Unproved:
    """The revision could not be proved; `reason` is a clause."""

    reason: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Refuted:
    """The revision does not do what it should.

    Attributes:
        reason: What failed, as a clause.
        details: Evidence as (label, text).
        operations: Wherein two schemas differ that should be equal.
    """

    reason: str
    details: tuple[tuple[str, str], ...] = ()
    operations: tuple[Operation, ...] = ()


Proof: TypeAlias = Proved | Unproved | Refuted


def prove(
    environment: Environment,
    revisions: tuple[Revision, ...],
    bench: Bench,
    server: Server | None,
    notify: Notify,
    limit_s: float = LIMIT_S,
) -> Proof:
    """Prove revisions on a scratch database; the project's own is not touched.

    Args:
        environment: The project's Alembic environment.
        revisions: They follow each other; the history must reach the parents of the first.
        bench: Where the scratch database is made.
        server: The server that they are meant for; None where that is not known.
        notify: Told of every revision that is replayed.
        limit_s: Seconds that each may take.
    """
    end = time.monotonic() + limit_s * len(revisions)
    try:
        about = bench.expected
        foreign = other_make(about, server)
        if foreign is not None:
            return Unproved(foreign)
        for _ in range(2):
            left_s = max(end - time.monotonic(), 0.1)
            try:
                return attempt(environment, revisions, bench, notify, left_s)
            except StaleError:
                continue
    except ScratchError as error:
        return Unproved(why_no_scratch(bench.dialect, error))
    except OverdueError:
        return Unproved("budget")
    except ReplayError as error:
        return Unproved(f"the history before it does not replay: {error.message}", error.details)
    except AsaError as error:
        return Unproved(error.message, error.details)
    return Unproved("the history before it does not replay twice alike")


def other_make(about: Server, server: Server | None) -> str | None:
    """Return why a scratch server says nothing for another make; None where it does."""
    if server is None or about.flavour == server.flavour:
        return None
    if {about.flavour, server.flavour} <= FLAVOURS_OF_MYSQL:
        return f"scratch is {about.flavour}"
    return None


def attempt(
    environment: Environment,
    revisions: tuple[Revision, ...],
    bench: Bench,
    notify: Notify,
    limit_s: float,
) -> Proof:
    """Prove once, on a database that is empty yet."""
    with bench.database() as database:
        answer = run_guarded(
            proved,
            revisions,
            bench.server.about,
            environment=environment,
            scratch=database,
            notify=notify,
            lent=bench.shared,
            limit_s=limit_s,
        )
    proof: Proof = answer.value
    if isinstance(proof, Refuted) and answer.refused:
        return Unproved(f"the proof guard refused {answer.refused[0]}", proof.details)
    return proof


def proved(
    environment: Environment, revisions: tuple[Revision, ...], about: Server, notify: Notify
) -> Proof:
    """Take each revision up, down and up again; runs behind the guard.

    Raises:
        ReplayError: What comes before them does not run on an empty database.
    """
    replay(environment, revisions[0].parents, str(about), notify)
    times = [0.0, 0.0, 0.0]
    now = read_drift(environment)
    for revision in revisions:
        which = f"{revision.shown}: " if len(revisions) > 1 else ""
        before = now
        try:
            moved = moved_up(environment, revision)
            now = read_drift(environment)
            if revision is revisions[-1] and isinstance(now, Drift) and now.operations:
                what = "the schema after it does not equal the models"
                return Refuted(which + what, (), now.operations)
            back = moved_down(environment, revision)
            left = not_undone(before, read_drift(environment))
            if left:
                return Refuted(f"{which}its downgrade does not undo what it does", (), left)
            again = moved_up(environment, revision, "up again")
        except StepError as error:
            return Refuted(f"{which}{error.step} failed", error.details)
        for place, step in enumerate((moved, back, again)):
            times[place] += took(step)
    compared = now.reason if isinstance(now, NotCompared) else None
    return Proved(times[0], times[1], times[2], compared, about, len(revisions))


class StepError(MigrationError):
    """One of the steps of a proof failed."""

    step: str = ""


def failed(step: str, error: MigrationError) -> StepError:
    """Return the error of a step; the state of the scratch database is of no interest."""
    told = tuple(detail for detail in error.details if detail[0] in ("at", "sql", "error"))
    found = StepError(error.message, error.hint, details=told or (("error", error.message),))
    found.step = step
    return found


def moved_up(environment: Environment, revision: Revision, step: str = "up") -> Moved:
    """Apply the revision."""
    try:
        return upgrade(environment, revision.id, silent, ALONE)
    except MigrationError as error:
        raise failed(step, error) from error


def moved_down(environment: Environment, revision: Revision) -> Moved:
    """Undo the revision."""
    target = revision.parents[0] if len(revision.parents) == 1 else "-1"
    try:
        moved = downgrade(environment, target or "base", silent, ALONE, confirmed=True)
    except MigrationError as error:
        raise failed("down", error) from error
    assert isinstance(moved, Moved)  # noqa: S101  (it was confirmed)
    return moved


def took(moved: Moved) -> float:
    """Return the time that the revisions took, in milliseconds."""
    return sum(step.duration_ms for step in moved.steps)


def not_undone(before: Drift | NotCompared, after: Drift | NotCompared) -> tuple[Operation, ...]:
    """Return what separates one of two schemas from the models and not the other."""
    if isinstance(before, NotCompared) or isinstance(after, NotCompared):
        return ()
    one, other = before.operations, after.operations
    return tuple(
        operation for operation in (*other, *one) if operation not in one or operation not in other
    )
