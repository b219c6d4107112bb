"""One change of the indexes chosen, and which of several nearly as good is the simplest."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from asa.model.fix import AddIndex

__all__ = ["Bundle", "Step", "begins", "simplest"]

SMALL_BYTES = 8192
CLEARLY = 1.25
MARGIN = 0.02
"""Of two steps nearly as good, the one with fewer keys and less beside them."""

Bundle = tuple[AddIndex, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the set of chosen indexes.

    Attributes:
        indexes: New ones: one, or several of which none helps alone, as for two ends of a join.
        replaced: Chosen before, and needless with the new ones.
        gain: What the workload saves, less what its writes pay.
        bytes: Size that the change adds.
    """

    indexes: Bundle
    replaced: Bundle
    gain: float
    bytes: int

    @property
    def score(self) -> float:
        """What is saved for each byte."""
        return self.gain / max(self.bytes, 1)


def simplest(steps: Sequence[Step], *, budgeted: bool) -> Step | None:
    """Return the simplest of the steps that save most, for their size where room is limited."""
    # With room to spare what counts is what is saved.
    worths = [step.score if budgeted else step.gain for step in steps]
    least = max(worths, default=0.0) * (1 - MARGIN)
    near = (step for step, worth in zip(steps, worths, strict=True) if worth >= least)
    return min(near, key=simplicity, default=None)


def simplicity(step: Step) -> tuple[int, int, bool, float]:
    """Order steps: fewer columns, then clearly smaller, without a condition, of more gain."""
    size = round(log(max(step.bytes, SMALL_BYTES), CLEARLY))
    columns = sum(len(index.keys) + len(index.include) for index in step.indexes)
    return columns, size, any(index.where for index in step.indexes), -step.gain


def begins(narrow: AddIndex, wide: AddIndex) -> bool:
    """Tell whether one index begins with all that another one has."""
    return (
        narrow.table == wide.table
        and narrow.method == wide.method
        and narrow.where == wide.where
        and not narrow.include
        and narrow.name != wide.name
        and narrow.keys == wide.keys[: len(narrow.keys)]
    )
