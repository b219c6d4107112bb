"""What a benchmark measured, and how it measured whole processes."""

import resource
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Result", "UnmeasuredError", "alternating", "processor_times"]


class UnmeasuredError(Exception):
    """Nothing here to compare with; the text is a clause."""


@dataclass(frozen=True, slots=True)
class Result:
    """One promise, measured.

    Attributes:
        claim: What is promised, in a few words.
        ours: Our median, in `unit`.
        theirs: The median of what it is compared with, in `unit`.
        ratio: How many times better ours is.
        wanted: The least ratio that keeps the promise.
        unit: `ms`, `MB/s`.
    """

    claim: str
    ours: float
    theirs: float
    ratio: float
    wanted: float
    unit: str = "ms"

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        return self.ratio >= self.wanted

    def __str__(self) -> str:
        verdict = "kept" if self.kept else "MISSED"
        return (
            f"{self.claim:<44} {self.ours:8.1f} {self.theirs:8.1f} {self.unit:<5}"
            f" {self.ratio:6.2f}x  wanted {self.wanted:g}x  {verdict}"
        )


def alternating(*commands: Sequence[str], runs: int) -> tuple[float, ...]:
    """Return the median wall time of each command as a whole process, in milliseconds.

    The commands take turns, so that whatever else the machine does falls on all alike; the
    first turn, which fills the caches, is not counted.
    """
    times: tuple[list[float], ...] = tuple([] for _ in commands)
    for turn in range(runs + 1):
        for command, measured in zip(commands, times, strict=True):
            started = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            if turn:
                measured.append((time.perf_counter() - started) * 1000)
    return tuple(statistics.median(measured) for measured in times)


def processor_times(*commands: Sequence[str], runs: int) -> tuple[float, ...]:
    """Return the least processor time of each command as a whole process, in milliseconds.

    What else the machine does counts little; the commands take turns even so.
    """
    times: tuple[list[float], ...] = tuple([] for _ in commands)
    for _ in range(runs):
        for command, measured in zip(commands, times, strict=True):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
            measured.append(seconds * 1000)
    return tuple(min(measured) for measured in times)
