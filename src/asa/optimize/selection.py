"""Choose the few indexes that make a whole workload cheaper, among many that might.

The search of Extend (Schlosser, Kossmann, Boissier: "Efficient scalable multi-attribute index
selection using recursive strategies", ICDE 2019): in each step the change that saves most for
its size, which is a new index or a wider one in the place of one chosen before. What the
log's own writes pay is taken off what its reads save.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import log

from asa.model.case import Case
from asa.model.event import Event, Notify, Stage, silent
from asa.model.fix import AddIndex
from asa.optimize.what_if import Asked, WhatIf
from asa.optimize.writes import Writes, writes_of

__all__ = ["LEAST_SAVED", "Selection", "select"]

LEAST_SAVED = 0.3
"""Share of some query's cost that a step has to save."""
LEAST_COST = 10.0
"""What it has to save of that query at least: no index for a page or two."""
MOST_STEPS = 60
SMALL_BYTES = 8192
CLEARLY = 1.25
MARGIN = 0.02
"""Of two steps nearly as good, the one with fewer keys and less beside them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the set of chosen indexes.

    Attributes:
        replaced: Chosen before, and needless with the new one.
        gain: What the workload saves, less what its writes pay.
        bytes: Size that the change adds.
    """

    index: AddIndex
    replaced: tuple[AddIndex, ...]
    gain: float
    bytes: int

    @property
    def score(self) -> float:
        """What is saved for each byte."""
        return self.gain / max(self.bytes, 1)


@dataclass(slots=True)
class Selection:
    """A search under way, and at its end what it chose.

    Attributes:
        budget: Bytes that the new indexes may take together; None for any.
        chosen: Of all proposed.
        over: Would have been chosen, had they fitted into the budget.
        base: Weight of each class without any.
        sizes: Bytes of each index, by name.
    """

    case: Case
    what_if: WhatIf
    everyone: Sequence[Asked]
    budget: int | None = None
    chosen: list[AddIndex] = field(default_factory=list)
    over: list[AddIndex] = field(default_factory=list)
    base: dict[str, float] = field(default_factory=dict)
    now: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    writes: dict[str, Writes] = field(default_factory=dict)

    def on(self, table: str) -> list[Asked]:
        """Return the classes that read a table and could be planned."""
        name = table.lower()
        return [a for a in self.everyone if name in a.tables and a.fingerprint in self.base]

    def written(self, index: AddIndex) -> Writes:
        """Return what the log writes of an index."""
        if index.name not in self.writes:
            self.writes[index.name] = writes_of(self.case, index)
        return self.writes[index.name]

    def price(self, index: AddIndex) -> float:
        """Return what the writes of the log pay for an index."""
        return self.written(index).entries * self.what_if.twin.write_cost

    async def size(self, index: AddIndex) -> int:
        """Return the bytes that an index takes."""
        if index.name not in self.sizes:
            self.sizes[index.name] = await self.what_if.twin.size(index)
        return self.sizes[index.name]

    async def step(self, index: AddIndex) -> Step | None:
        """Return what choosing an index would bring; None where that is not worth it."""
        replaced = tuple(one for one in self.chosen if begins(one, index))
        left = [one for one in self.chosen if one not in replaced]
        saved, worthwhile = 0.0, False
        for asked in self.on(index.table):
            cost = await self.what_if.cost(asked, (*left, index))
            if cost is None:
                return None
            less = self.now[asked.fingerprint] - cost
            saved += less * asked.query_class.calls
            worthwhile |= less >= LEAST_COST and less >= LEAST_SAVED * self.now[asked.fingerprint]
        gain = saved - self.price(index) + sum(map(self.price, replaced))
        if not worthwhile or gain <= 0:
            return None
        size = await self.size(index) - sum(self.sizes.get(one.name, 0) for one in replaced)
        return Step(index, replaced, gain, size)

    async def take(self, step: Step) -> None:
        """Choose an index."""
        self.chosen = [one for one in self.chosen if one not in step.replaced] + [step.index]
        self.now.update(await self.what_if.costs(self.on(step.index.table), self.chosen))

    def fits(self, step: Step) -> bool:
        """Tell whether a step keeps within the budget."""
        taken = sum(self.sizes[one.name] for one in self.chosen)
        return self.budget is None or taken + step.bytes <= self.budget

    async def prune(self) -> None:
        """Let those go that the later ones made needless."""
        for index in list(self.chosen):
            left = [one for one in self.chosen if one is not index]
            costs = await self.what_if.costs(self.on(index.table), left)
            needed = any(
                cost - self.now[name] >= max(LEAST_COST, LEAST_SAVED * cost)
                for name, cost in costs.items()
            )
            if not needed:
                self.chosen = left
                self.now.update(costs)


async def select(
    case: Case,
    what_if: WhatIf,
    everyone: Sequence[Asked],
    proposed: Iterable[AddIndex],
    *,
    budget: int | None = None,
    notify: Notify = silent,
) -> Selection:
    """Choose indexes for a workload.

    Args:
        case: The workload with its writes.
        what_if: Where the classes are planned under indexes to try.
        everyone: The classes that can be planned.
        proposed: Indexes to try.
        budget: Bytes that all of them may take; None for any number.
        notify: Told of each index tried.
    """
    search = Selection(case, what_if, everyone, budget)
    search.base = await what_if.costs(everyone, ())
    search.now = dict(search.base)
    steps: dict[str, Step | None] = {}
    waiting = list({index.name: index for index in proposed}.values())
    stale = list(waiting)
    for turn in range(MOST_STEPS):
        for done, index in enumerate(stale, 1):
            steps[index.name] = await search.step(index)
            if not turn:
                notify(Event(Stage.ADVANCED, "search", done=done, total=len(stale)))
        best = better([step for index in waiting if (step := steps[index.name])], search)
        if best is None:
            break
        await search.take(best)
        waiting = [one for one in waiting if one.name != best.index.name]
        # Only what reads the same tables has another cost now.
        near = {t for a in search.on(best.index.table) for t in a.tables}
        stale = [one for one in waiting if one.table.lower() in near]
    await search.prune()
    return search


def better(steps: Iterable[Step], search: Selection) -> Step | None:
    """Return the step that saves most for its size, of those that fit."""
    fitting = []
    for step in steps:
        if search.fits(step):
            fitting.append(step)
        elif step.index not in search.over:
            search.over.append(step.index)
    if not fitting:
        return None
    # With room to spare what counts is what is saved.
    worths = [step.gain if search.budget is None else step.score for step in fitting]
    least = max(worths) * (1 - MARGIN)
    near = (step for step, worth in zip(fitting, worths, strict=True) if worth >= least)
    return min(near, key=simplicity)


def simplicity(step: Step) -> tuple[int, int, bool, int]:
    """Order steps: fewer columns, then clearly smaller, then without a condition."""
    index = step.index
    size = round(log(max(step.bytes, SMALL_BYTES), CLEARLY))
    return len(index.keys) + len(index.include), size, index.where is not None, step.bytes


def begins(narrow: AddIndex, wide: AddIndex) -> bool:
    """Tell whether one index begins with all that another one has."""
    return (
        narrow.table == wide.table
        and narrow.method == wide.method
        and narrow.where == wide.where
        and not narrow.include
        and narrow.keys == wide.keys[: len(narrow.keys)]
    )
