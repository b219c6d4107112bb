"""The whole history, proved: every revision up, down and up again, the end equal to the models."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from asa.errors import FindingsError, MigrationError
from asa.migrations.drift import Drift
from asa.migrations.environment import Environment
from asa.migrations.move import Move
from asa.migrations.proof.guard import run_guarded
from asa.migrations.proof.replay import ALONE
from asa.migrations.proof.revision_proof import not_undone
from asa.migrations.proof.scratch_server import bench_for
from asa.migrations.status import NotCompared, drift_at
from asa.migrations.visit import Site, standing_in
from asa.model.event import Event, Notify, Stage, silent
from asa.model.operation import Operation
from asa.model.revision import Revision
from asa.model.server import Server

__all__ = ["Failure", "Verified", "verify"]

EVIDENCE = ("at", "sql", "error")
NOT_UNDONE = "its downgrade does not undo what it does"


@dataclass(frozen=True, slots=True)
class Failure:
    """A revision that does not do what it should.

    Attributes:
        revision: Which one.
        what: What failed, as a clause.
        details: Evidence as (label, text).
        operations: What its downgrade left, or took too much.
    """

    revision: Revision
    what: str
    details: tuple[tuple[str, str], ...] = ()
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of one dialect.

    Attributes:
        server: What the history ran on.
        revisions: Number of revisions that ran.
        failures: Those that failed, oldest first.
        skipped: Those that could not be judged after a failure.
        models: What the models differ in at the end; None where the end was not reached.
        duration_ms: Time of it all.
    """

    server: Server
    revisions: int
    failures: tuple[Failure, ...]
    skipped: tuple[Revision, ...]
    models: Drift | NotCompared | None
    duration_ms: float

    @property
    def clean(self) -> bool:
        """Whether every revision holds and the end equals the models, where it was compared."""
        differing = isinstance(self.models, Drift) and bool(self.models.operations)
        return not self.failures and not differing


def verify(environment: Environment, dialect: str, lent: str | None, notify: Notify) -> Verified:
    """Run the whole history on a scratch database of a dialect, behind the guard.

    Args:
        environment: The project's Alembic environment.
        dialect: `postgresql`, `mysql` or `sqlite`.
        lent: URL of a server that the user lends; None to start one.
        notify: Told of every revision.

    Raises:
        FindingsError: The history has several heads.
        ScratchError: There is no scratch server of the dialect.
        AsaError: env.py or a revision file cannot be run at all, or was refused something.
    """
    refuse_several_heads(environment)
    start = time.monotonic()
    with bench_for(dialect, lent) as bench, bench.database() as database:
        answer = run_guarded(
            verified,
            bench.server.about,
            environment=environment,
            scratch=database,
            notify=notify,
            lent=bench.shared,
        )
        walk: Walk = answer.value
        duration_ms = (time.monotonic() - start) * 1000
        return Verified(
            bench.server.about,
            walk.ran,
            tuple(walk.failures),
            tuple(walk.skipped),
            walk.models,
            duration_ms,
        )


def refuse_several_heads(environment: Environment) -> None:
    """See that the history has one end.

    Raises:
        FindingsError: It has several.
    """
    with standing_in(environment) as site:
        heads = site.history.heads
    if len(heads) > 1:
        raise FindingsError(
            f"the history has {len(heads)} heads",
            'asa merge "join heads"',
            details=tuple(("head", f"{head}   {head.file}") for head in heads),
        )


@dataclass
class Walk:
    """The way through the history, as far as it came."""

    ran: int = 0
    failures: list[Failure] = field(default_factory=list)
    skipped: list[Revision] = field(default_factory=list)
    models: Drift | NotCompared | None = None


def verified(environment: Environment, _about: Server, notify: Notify) -> Walk:
    """Walk through the history; runs behind the guard."""
    walk = Walk()
    with standing_in(environment) as site:
        revisions = tuple(reversed(site.history.revisions))
        before: Drift | NotCompared = drift_at(site)
        for number, revision in enumerate(revisions):
            tell(notify, revision, number, len(revisions))
            walk.ran += 1
            failures = list(judged(site, revision, before))
            walk.failures += failures
            if any(failure.what != NOT_UNDONE for failure in failures):
                # What follows would run on a schema that nobody else will ever have.
                walk.skipped += revisions[number + 1 :]
                return walk
            before = drift_at(site)
        walk.models = before
    return walk


def tell(notify: Notify, revision: Revision, done: int, total: int) -> None:
    """Say which revision is at work."""
    notify(Event(Stage.ADVANCED, revision.shown, revision.message, None, done, total))


def judged(site: Site, revision: Revision, before: Drift | NotCompared) -> Iterator[Failure]:
    """Take one revision up, down and up again; yield what fails."""
    step = "up"
    try:
        move(site, revision, lambda heads: site.steps_up(revision.id, heads))
        step = "down"
        move(site, revision, lambda heads: site.steps_down(below(revision), heads))
        left = not_undone(before, drift_at(site))
        if left:
            yield Failure(revision, NOT_UNDONE, operations=left)
        step = "up again"
        move(site, revision, lambda heads: site.steps_up(revision.id, heads))
    except MigrationError as error:
        told = tuple(detail for detail in error.details if detail[0] in EVIDENCE)
        yield Failure(revision, f"{step} failed", told or (("error", error.message),))


def below(revision: Revision) -> str:
    """Return the target of a downgrade that undoes one revision alone."""
    return f"{revision.id}-1" if revision.parents else "base"


def move(
    site: Site, revision: Revision, choose: Callable[[tuple[str, ...]], Iterable[Any]]
) -> None:
    """Run some steps.

    Raises:
        MigrationError: One failed.
    """
    Move(site, choose, "asa verify", revision.id, silent, ALONE).run()
