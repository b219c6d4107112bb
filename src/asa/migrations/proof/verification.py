"""The whole history, proved: every revision up, down and up again, the end equal to the models."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from asa.errors import AsaError, FindingsError, MigrationError
from asa.migrations.drift import Drift
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.proof.guard import end_running, run_guarded
from asa.migrations.proof.replay import ReplayError, StaleError
from asa.migrations.proof.rows.filling import Unfilled
from asa.migrations.proof.scratch_server import Bench, bench_for
from asa.migrations.proof.walk import Failure, Walk, in_order, walked
from asa.migrations.status import NotCompared
from asa.model.event import Notify
from asa.model.revision import Revision
from asa.model.server import Server

__all__ = ["NotVerified", "Verified", "verify"]

MOST_FAILURES = 20
"""After so many the history is beyond a list; each costs a replay of what comes before."""

UP_FAILED = "up failed"
FAILS_ON_ROWS = "up fails on rows that the schema before it allows"

Listen: TypeAlias = Callable[[str], Notify]


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
        rows: Whether rows were in the tables.
        unfilled: Tables into which none could be put.
        unjudged: Revisions whose own code did not take the rows; they ran without.
        covered: Number of revisions that a baseline stands in for; they did not run.
    """

    server: Server
    revisions: int
    failures: tuple[Failure, ...]
    skipped: tuple[Revision, ...]
    models: Drift | NotCompared | None
    duration_ms: float
    rows: bool = False
    unfilled: tuple[Unfilled, ...] = ()
    unjudged: tuple[Failure, ...] = ()
    covered: int = 0

    @property
    def clean(self) -> bool:
        """Whether every revision holds and the end equals the models, where it was compared."""
        differing = isinstance(self.models, Drift) and bool(self.models.operations)
        return not self.failures and not differing


@dataclass(frozen=True, slots=True)
class NotVerified:
    """A dialect on which nothing could be run, and why."""

    dialect: str
    error: AsaError


def verify(
    environment: Environment,
    dialects: tuple[str, ...],
    lent: str | None,
    listen: Listen,
    *,
    rows: bool = True,
) -> tuple[Verified | NotVerified, ...]:
    """Run the whole history on scratch databases, behind the guard, all dialects at once.

    Args:
        environment: The project's Alembic environment.
        dialects: Of `postgresql`, `mysql`, `sqlite`.
        lent: URL of a server that the user lends; used for its own dialect.
        listen: Returns what is told of every revision on a dialect; called from threads.
        rows: Whether to put rows into the tables, so that constraints have work to do.

    Raises:
        FindingsError: The history has several heads.
    """
    histories = histories_of(environment, dialects)
    stop = threading.Event()

    def one(dialect: str) -> Verified | NotVerified:
        try:
            with bench_for(dialect, lent) as bench:
                ordered, old = histories[dialect]
                run = Run(environment, bench, listen(dialect), ordered, old, stop, rows)
                return run.verified()
        except AsaError as error:
            return NotVerified(dialect, error)

    with ThreadPoolExecutor(len(dialects)) as pool:
        runs = [pool.submit(one, dialect) for dialect in dialects]
        try:
            return tuple(run.result() for run in runs)
        except BaseException:
            stop.set()
            end_all(runs)
            raise


def end_all(runs: list[Future[Verified | NotVerified]]) -> None:
    """End what the threads wait for, until every one of them has put its server away."""
    while wait(runs, timeout=0.1).not_done:
        end_running()


def histories_of(
    environment: Environment, dialects: tuple[str, ...]
) -> dict[str, tuple[tuple[Revision, ...], int]]:
    """Return the history in the order of applying, and what of it the dialect's baseline covers.

    Raises:
        FindingsError: It has several ends.
    """
    with standing_in(environment) as site:
        heads = site.history.heads
        found = {dialect: in_order(site, dialect) for dialect in dialects}
    if len(heads) > 1:
        raise FindingsError(
            f"the history has {len(heads)} heads",
            'asa merge "join heads"',
            details=tuple(("head", f"{head}   {head.file}") for head in heads),
        )
    return found


@dataclass
class Run:
    """The history on one dialect; begun anew, on an empty database, behind what failed."""

    environment: Environment
    bench: Bench
    notify: Notify
    ordered: tuple[Revision, ...]
    old: int
    stop: threading.Event
    rows: bool
    failures: list[Failure] = field(default_factory=list)
    unjudged: list[Failure] = field(default_factory=list)
    unfilled: dict[str, Unfilled] = field(default_factory=dict)

    def verified(self) -> Verified:
        """Walk until the end, or until a revision fails on empty tables too.

        Raises:
            AsaError: env.py or a revision file cannot be run at all, or was refused something.
        """
        started = time.monotonic()
        walk, ran = Walk(reached=self.old), self.old
        while True:
            stopped, ran = walk.stopped, walk.reached + (walk.stopped is not None)
            if stopped is not None and len(self.failures) >= MOST_FAILURES:
                self.failures.append(stopped)
                break
            try:
                walk = self.walk(ran)
            except ReplayError:
                if stopped is None:
                    raise
                self.failures.append(stopped)
                break
            if stopped is not None:
                self.sort_in(stopped)
            self.failures += walk.failures
            self.unfilled = walk.unfilled
            if walk.stopped is None:
                ran = walk.reached
                break
        return Verified(
            self.bench.server.about,
            ran - self.old,
            tuple(self.failures),
            self.ordered[ran:],
            walk.models,
            (time.monotonic() - started) * 1000,
            self.rows,
            tuple(self.unfilled.values()),
            tuple(self.unjudged),
            self.old,
        )

    def sort_in(self, stopped: Failure) -> None:
        """Keep what ended a walk, now that it is known to run on empty tables."""
        if stopped.what != UP_FAILED or not self.rows:
            self.failures.append(stopped)
        elif stopped.refused:
            self.failures.append(replace(stopped, what=FAILS_ON_ROWS))
        else:
            self.unjudged.append(stopped)

    def walk(self, start: int) -> Walk:
        """Walk once, on an empty database; twice where a kept replay is stale.

        Raises:
            ReplayError: A revision before the start fails on empty tables.
        """
        for _ in range(2):
            if self.stop.is_set():
                break
            try:
                with self.bench.database() as database:
                    answer = run_guarded(
                        walked,
                        start,
                        self.rows,
                        str(self.bench.server.about),
                        environment=self.environment,
                        scratch=database,
                        notify=self.notify,
                        lent=self.bench.shared,
                    )
            except StaleError:
                continue
            walk: Walk = answer.value
            return walk
        raise MigrationError("the history does not replay twice alike")
