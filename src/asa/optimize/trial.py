"""Plan a query class on a twin with and without a change, and weigh the difference."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from asa.model.fix import AddIndex
from asa.model.plan import Access, NotPlanned, Plan, PlanNode
from asa.model.workload import QueryClass
from asa.optimize.what_if import Asked, weight, whole_way
from asa.scratch.twins import Twin

__all__ = ["LEAST_SAVED", "MOST_LOST", "Trial", "doubt", "loses", "trial", "trials"]

LEAST_SAVED = 0.3
"""Share of a query's cost that a new index has to save."""
MOST_LOST = 0.1
"""Share that a query's cost may rise when an index goes: a wider one takes its place."""
LARGEST_SHARE = 0.1
"""An index whose one value leaves more of the table than this saves little."""

EQUAL = re.compile(r"=\s*\?")
RANGE = re.compile(r"[<>]")
SORTS = ("TEMP B-TREE", "filesort")


@dataclass(frozen=True, slots=True)
class Trial:
    """One query class, planned with one set of its values without and with a change.

    Attributes:
        unlucky: What it costs before where the rows that the planner hopes to meet early are
            not there; None where it hopes for none.
    """

    query_class: QueryClass
    before: Plan
    after: Plan
    weight_before: float = 0.0
    weight_after: float = 0.0
    unlucky: float | None = None

    @property
    def saved(self) -> float:
        """What one execution saves, in the twin's unit."""
        return self.weight_before - self.weight_after

    @property
    def share(self) -> float:
        """The part of its weight that is saved; negative where it weighs more."""
        return self.saved / self.weight_before if self.weight_before else 0.0

    @property
    def costs(self) -> str:
        """Both costs for the screen; empty where the database has none."""
        if self.before.cost is None or self.after.cost is None:
            return ""
        hoped = "" if self.unlucky is None else f" ({shown(self.unlucky)} where no row comes early)"
        return f"cost {shown(self.before.cost)}{hoped} to {shown(self.after.cost)}"


async def trials(
    twin: Twin,
    classes: Iterable[Asked],
    *,
    added: Sequence[AddIndex] = (),
    hidden: Sequence[str] = (),
) -> tuple[list[Trial], list[str]]:
    """Plan each class with each of its sets of values.

    Returns:
        Trials, and the reasons of what could not be planned.
    """
    asked = [(one, values) for one in classes for values in one.sets]
    # All befores first: some twins change their indexes slowly.
    before = [await twin.plan(one.query_class.sql, values) for one, values in asked]
    after = [
        await twin.plan(one.query_class.sql, values, added=added, hidden=hidden)
        for one, values in asked
    ]
    done: list[Trial] = []
    reasons: list[str] = []
    for (one, _), first, second in zip(asked, before, after, strict=True):
        found = trial(twin, one, first, second)
        if isinstance(found, Trial):
            done.append(found)
        else:
            reasons.append(found)
    return done, reasons


def trial(
    twin: Twin, one: Asked, before: Plan | NotPlanned, after: Plan | NotPlanned
) -> Trial | str:
    """Return the difference between two plans of a class, or why there is none."""
    if isinstance(before, NotPlanned):
        return before.reason
    if isinstance(after, NotPlanned):
        return after.reason
    return Trial(
        one.query_class,
        before,
        after,
        weight(twin, one, before),
        weight(twin, one, after),
        whole_way(one, before) if twin.costs_sorts else None,
    )


def doubt(twin: Twin, index: AddIndex, trial: Trial) -> str | None:
    """Return why an index would not help a query; None where it helps."""
    node = next((n for n in trial.after.walk() if n.index == index.name), None)
    fewer = sorts(trial.after) < sorts(trial.before)
    if node is None or (node.access is Access.FULL and not (fewer or node.covering)):
        return "the planner would not use it"
    if trial.before.cost is None or trial.after.cost is None:
        return too_wide(twin, index, node, trial)
    if not twin.costs_sorts and fewer and trial.share >= 0:
        return None
    if trial.share < LEAST_SAVED:
        return f"it saves {max(trial.share, 0):.0%} of the cost"
    return None


def too_wide(twin: Twin, index: AddIndex, node: PlanNode, trial: Trial) -> str | None:
    """Return why an index that is used would still save little, where there are no costs."""
    if sorts(trial.after) < sorts(trial.before):
        return None
    equal = len(EQUAL.findall(node.condition or ""))
    if not equal and RANGE.search(node.condition or ""):
        return "what the range leaves is not known here"
    equal = equal or 1
    share = twin.share(index, min(equal, len(index.columns)))
    if share is not None and share > LARGEST_SHARE:
        return f"one value leaves {share:.0%} of the rows"
    return None


def loses(trial: Trial) -> bool:
    """Tell whether a query reads more tables whole, sorts more or costs more with a change."""
    return more(whole, trial) or more(sorts, trial) or trial.share < -MOST_LOST


def more(count: Callable[[Plan], int], trial: Trial) -> bool:
    """Tell whether there is more of something after the change."""
    return count(trial.after) > count(trial.before)


def whole(plan: Plan) -> int:
    """Count the tables that a plan reads whole."""
    return sum(node.access is Access.FULL for node in plan.walk())


def sorts(plan: Plan) -> int:
    """Count the steps of a plan that sort."""
    return sum(any(word in node.kind for word in SORTS) for node in plan.walk())


def shown(cost: float) -> str:
    """Return a cost for the screen."""
    return f"{cost:,.0f}" if cost >= 10 else f"{cost:.1f}"
