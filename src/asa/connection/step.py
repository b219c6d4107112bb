"""What a check is asked, what each of its steps says, and the verdict of all."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asa.database.session import Facts
from asa.model.event import Event, Stage
from asa.model.server import Server

if TYPE_CHECKING:
    from asa.migrations.history import History

__all__ = ["PoolPlan", "Step", "Verdict", "Wanted", "doubtful", "noted", "shown"]


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """The pools that the application means to have; the defaults are SQLAlchemy's.

    Attributes:
        size: `pool_size` of the engine.
        overflow: `max_overflow` of the engine.
        workers: Processes that each have such an engine.
    """

    size: int = 5
    overflow: int = 10
    workers: int = 1

    @property
    def each(self) -> int:
        """Connections that one worker may open."""
        return self.size + self.overflow

    @property
    def total(self) -> int:
        """Connections that all workers may open."""
        return self.each * self.workers


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a check is made.

    Attributes:
        plan: The pools that the application means to have.
        timeout_seconds: After which the check is given up.
        pings: How often the server is asked, for the spread of its answers.
        deep: Whether all connections of the plan are really opened at once, and the broken
            connection is shown without `pool_pre_ping` too.
        history: The project's revisions, to compare the database with; None for no project.
    """

    plan: PoolPlan = PoolPlan()
    timeout_seconds: float = 10.0
    pings: int = 1
    deep: bool = False
    history: "History | None" = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at.

    Attributes:
        name: `resolve`, `connect`, `tls`, `login`, `query`, `pre-ping`, `pool`, ...
        stage: `DONE` for shown true, `WARNED` for the user's judgement, `NOTE` for a remark.
        text: What was seen.
        duration_ms: How long it took, where it is a thing that takes time.
        advice: What to do about a warning.
    """

    name: str
    stage: Stage
    text: str
    duration_ms: float | None = None
    advice: str = ""

    @property
    def event(self) -> Event:
        """The step as an event."""
        return Event(self.stage, self.name, self.text, self.duration_ms)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found of a database that can be used.

    Attributes:
        database: As shown, without its password.
        server: What answered.
        steps: In the order in which they were taken.
        facts: What the session is like.
    """

    database: str
    server: Server
    steps: tuple[Step, ...]
    facts: Facts

    def stage_of(self, name: str) -> Stage | None:
        """Return how the last step of that name ended; None where it was not taken."""
        return next((step.stage for step in reversed(self.steps) if step.name == name), None)

    @property
    def warnings(self) -> tuple[Step, ...]:
        """The steps that the user must judge."""
        return tuple(step for step in self.steps if step.stage is Stage.WARNED)


def shown(name: str, text: str, duration_ms: float | None = None) -> Step:
    """Return a step that was shown true."""
    return Step(name, Stage.DONE, text, duration_ms)


def doubtful(name: str, text: str, advice: str, duration_ms: float | None = None) -> Step:
    """Return a step that the user must judge."""
    return Step(name, Stage.WARNED, text, duration_ms, advice)


def noted(name: str, text: str) -> Step:
    """Return a remark."""
    return Step(name, Stage.NOTE, text)
