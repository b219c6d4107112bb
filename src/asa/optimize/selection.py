"""Choose the few indexes that make a whole workload cheaper, among many that might.

The search of Extend (Schlosser, Kossmann, Boissier: "Efficient scalable multi-attribute index
selection using recursive strategies", ICDE 2019): in each step the change that saves most for
its size, which is a new index or a wider one in the place of one chosen before. What the
log's own writes pay is taken off what its reads save.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from asa.model.case import Case
from asa.model.event import Event, Notify, Stage, silent
from asa.model.fix import AddIndex
from asa.model.plan import Plan
from asa.optimize.step import Bundle, Step, begins, simplest
from asa.optimize.what_if import Asked, WhatIf
from asa.optimize.worth import matters
from asa.optimize.writes import Writes, writes_of
from asa.rules.query.exists import adds_to

__all__ = ["Selection", "select"]

MOST_CHOSEN = 60


@dataclass(slots=True)
class Selection:
    """A search under way, and at its end what it chose.

    Attributes:
        budget: Bytes that the new indexes may take together; None for any.
        chosen: Of all proposed.
        over: Would have been chosen, had they fitted into the budget.
        unlike: Classes left out, as the twin plans them otherwise than the server.
        base: Weight of each class without any.
        sizes: Bytes of each index, by name.
    """

    case: Case
    what_if: WhatIf
    everyone: Sequence[Asked]
    budget: int | None = None
    chosen: list[AddIndex] = field(default_factory=list)
    over: list[AddIndex] = field(default_factory=list)
    unlike: list[Asked] = field(default_factory=list)
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

    def widens(self, index: AddIndex) -> bool:
        """Tell whether the table has an index of some of the same columns already."""
        table = self.case.schema.table(index.table) if self.case.schema else None
        return table is not None and adds_to(table, index)

    def carries(self, index: AddIndex) -> bool:
        """Tell whether an index holds columns that no class looks for, to save the table."""
        sought = {place for asked in self.on(index.table) for place in asked.sought}
        table = index.table.lower()
        plain = (key.name.lower() for key in index.keys if not key.expression)
        return bool(index.include) or any((table, name) not in sought for name in plain)

    def there(self, index: AddIndex) -> bool:
        """Tell whether an index was chosen, or one that begins with it."""
        return any(index == one or begins(index, one) for one in self.chosen)

    def near(self, indexes: Iterable[AddIndex]) -> list[Asked]:
        """Return the classes that some indexes might serve and that could be planned."""
        listed = list(indexes)
        return [
            asked
            for asked in self.everyone
            if asked.fingerprint in self.base and any(map(asked.concerns, listed))
        ]

    async def step(self, indexes: Bundle) -> Step | None:
        """Return what choosing indexes would bring; None where that is not worth it."""
        fresh = tuple(index for index in indexes if not self.there(index))
        replaced = tuple(one for one in self.chosen if any(begins(one, new) for new in fresh))
        left = [one for one in self.chosen if one not in replaced]
        wider = bool(replaced) or any(map(self.widens, fresh))
        carries = any(map(self.carries, fresh))
        saved, worthwhile = 0.0, False
        for asked in self.near(fresh):
            cost = await self.what_if.cost(asked, (*left, *fresh))
            if cost is None:
                return None
            now, base = self.now[asked.fingerprint], self.base[asked.fingerprint]
            saved += (now - cost) * asked.query_class.calls
            worthwhile |= matters(base, now, cost, wider=wider, carries=carries)
        gain = saved - sum(map(self.price, fresh)) + sum(map(self.price, replaced))
        if not worthwhile or gain <= 0:
            return None
        size = sum([await self.size(index) for index in fresh])
        return Step(fresh, replaced, gain, size - sum(self.sizes[one.name] for one in replaced))

    async def take(self, step: Step) -> None:
        """Choose the indexes of a step."""
        left = [one for one in self.chosen if one not in step.replaced]
        self.chosen = [*left, *step.indexes]
        self.now.update(await self.what_if.costs(self.near(step.indexes), self.chosen))

    async def bundles(self, known: Iterable[AddIndex]) -> list[Bundle]:
        """Return for each class the indexes that the planner takes where all are there.

        Of two that help only together a search that adds one after the other finds neither.
        """
        listed = [index for index in known if not self.carries(index)]
        found: dict[tuple[str, ...], Bundle] = {}
        for asked in self.everyone:
            mine = [index for index in listed if index.table.lower() in asked.tables]
            several = asked.either or len({index.table for index in mine}) > 1
            if not several or asked.fingerprint not in self.base:
                continue
            plan = await self.what_if.plan(asked, 0, mine)
            used = {node.index for node in plan.walk()} if isinstance(plan, Plan) else set()
            taken = await self.needed(asked, [index for index in mine if index.name in used])
            if len(taken) > 1:
                found[tuple(index.name for index in taken)] = taken
        return list(found.values())

    async def needed(self, asked: Asked, taken: Sequence[AddIndex]) -> Bundle:
        """Return those of some indexes without which a class would cost clearly more."""
        kept, base = list(taken), self.base[asked.fingerprint]
        for index in taken:
            rest = [one for one in kept if one is not index]
            cost = await self.what_if.cost(asked, kept)
            without = await self.what_if.cost(asked, rest)
            if cost is not None and without is not None:
                wider, carries = self.widens(index), self.carries(index)
                worth = matters(base, without, cost, wider=wider, carries=carries)
                kept = kept if worth else rest
        return tuple(kept)

    def fits(self, step: Step) -> bool:
        """Tell whether a step keeps within the budget."""
        taken = sum(self.sizes[one.name] for one in self.chosen)
        return self.budget is None or taken + step.bytes <= self.budget

    async def prune(self) -> None:
        """Let those go that the later ones made needless."""
        for index in list(self.chosen):
            left = [one for one in self.chosen if one is not index]
            if await self.costs_little(index, left, wider=self.widens(index)):
                await self.settle(index.table, left)

    async def narrow(self, proposed: Iterable[AddIndex]) -> None:
        """Put narrower ones in the place of those whose width the later ones made needless."""
        listed = sorted(proposed, key=lambda one: len(one.keys))
        for index in list(self.chosen):
            for other in listed:
                left = [other if one is index else one for one in self.chosen]
                if begins(other, index) and await self.costs_little(index, left, wider=True):
                    await self.size(other)
                    await self.settle(index.table, left)
                    break

    async def costs_little(self, index: AddIndex, left: Sequence[AddIndex], *, wider: bool) -> bool:
        """Tell whether no class would lose much with other indexes in an index's place."""
        carries = self.carries(index)
        costs = await self.what_if.costs(self.on(index.table), left)
        return not any(
            matters(self.base[name], cost, self.now[name], wider=wider, carries=carries)
            for name, cost in costs.items()
        )

    async def settle(self, table: str, indexes: list[AddIndex]) -> None:
        """Choose these indexes instead."""
        self.chosen = indexes
        self.now.update(await self.what_if.costs(self.on(table), indexes))


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
    known = {index.name: index for index in proposed}
    steps: dict[Bundle, Step | None] = {}
    waiting: list[Bundle] = [(index,) for index in known.values()]
    waiting += await search.bundles(known.values())
    for done, indexes in enumerate(waiting, 1):
        steps[indexes] = await search.step(indexes)
        notify(Event(Stage.ADVANCED, "search", done=done, total=len(waiting)))
    stale: set[Bundle] = set()
    while len(search.chosen) < MOST_CHOSEN:
        waiting = [one for one in waiting if steps[one] and not set(one) <= set(search.chosen)]
        best = better([step for one in waiting if (step := steps[one])], search)
        if best is None:
            break
        found = next(one for one in waiting if steps[one] is best)
        if found in stale:
            # Another index seldom makes one worth more: only the best is asked about again.
            stale.discard(found)
            steps[found] = await search.step(found)
            continue
        await search.take(best)
        near = {table for asked in search.near(best.indexes) for table in asked.tables}
        stale |= {one for one in waiting if any(index.table.lower() in near for index in one)}
    await search.prune()
    await search.narrow(known.values())
    return search


def better(steps: Iterable[Step], search: Selection) -> Step | None:
    """Return the step that saves most for its size, of those that fit."""
    fitting = []
    for step in steps:
        if search.fits(step):
            fitting.append(step)
        else:
            search.over += [one for one in step.indexes if one not in search.over]
    return simplest(fitting, budgeted=search.budget is not None)
