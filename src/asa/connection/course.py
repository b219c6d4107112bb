"""A check under way: what it works on, and what it has seen so far."""

from dataclasses import dataclass, field

from asa.connection.step import Step, Wanted
from asa.connection.transport import Transport
from asa.database.dialect import Dialect
from asa.database.url import DatabaseUrl
from asa.model.event import Notify

__all__ = ["Course"]


@dataclass(slots=True)
class Course:
    """One check under way.

    Attributes:
        database: What is checked.
        dialect: Its family.
        wanted: How the check is made.
        notify: Hears of each step as it is taken.
        steps: Taken so far.
        transport: The way to the server, once it is begun.
        fresh_ms: How long the first connection took, from the name to the login.
    """

    database: DatabaseUrl
    dialect: Dialect
    wanted: Wanted
    notify: Notify
    steps: list[Step] = field(default_factory=list)
    transport: Transport | None = None
    fresh_ms: float = 0.0

    def take(self, step: Step) -> None:
        """Keep a step and say so."""
        self.steps.append(step)
        self.notify(step.event)
