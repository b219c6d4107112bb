"""How much planning a database is asked for in all."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from asa.model.plan import NotPlanned, Plan

__all__ = ["LONGEST_S", "Load"]

LONGEST_S = 120.0


@dataclass(slots=True)
class Load:
    """The time that a database has spent planning, and the most that it may.

    Attributes:
        limit_s: Seconds in all, those of statements planned at once added up.
        spent_s: Seconds so far.
    """

    limit_s: float = LONGEST_S
    spent_s: float = 0.0

    async def planned(self, plan: Callable[[], Awaitable[Plan | NotPlanned]]) -> Plan | NotPlanned:
        """Plan a statement, as long as there is time left."""
        if self.spent_s >= self.limit_s:
            return NotPlanned(f"planning had its {self.limit_s:g} s, --planning-limit gives more")
        started = time.perf_counter()
        try:
            return await plan()
        finally:
            self.spent_s += time.perf_counter() - started
