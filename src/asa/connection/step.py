"""What a check is asked, what each of its steps says, and the verdict of all."""

from dataclasses import dataclass

from asa.model.event import Event, Stage
from asa.model.server import Server

__all__ = ["PoolPlan", "Step", "Verdict", "doubtful", "noted", "shown"]


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
        server: What answered.
        steps: In the order in which they were taken.
    """

    server: Server
    steps: tuple[Step, ...]

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
