"""Plan a query class on a twin with and without a change, and weigh the difference."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from asa.model.fix import AddIndex
from asa.model.plan import Access, NotPlanned, Plan, PlanNode
from asa.model.workload import QueryClass
from asa.optimize.explain import values_of
from asa.scratch.twins import Twin

__all__ = ["Trial", "doubt", "loses", "trials"]

LEAST_SAVED = 0.3
"""Share of a query's cost that a new index has to save."""
MOST_LOST = 0.1
"""Share that a query's cost may rise when an index goes: a wider one takes its place."""
LARGEST_SHARE = 0.1
"""An index whose one value leaves more of the table than this saves little."""

EQUAL = re.compile(r"=\s*\?")
SORTS = ("TEMP B-TREE", "filesort")


@dataclass(frozen=True, slots=True)
class Trial:
    """One query class, planned with one set of its values without and with a change."""

    query_class: QueryClass
    before: Plan
    after: Plan

    @property
    def saved(self) -> float:
        """Cost that one execution saves, in the database's unit; 0 where it has none."""
        return (self.before.cost or 0.0) - (self.after.cost or 0.0)

    @property
    def share(self) -> float:
        """The part of its cost that is saved; negative where it costs more."""
        return self.saved / self.before.cost if self.before.cost else 0.0

    @property
    def costs(self) -> str:
        """Both costs for the screen; empty where the database has none."""
        if self.before.cost is None or self.after.cost is None:
            return ""
        return f"cost {shown(self.before.cost)} to {shown(self.after.cost)}"


async def trials(
    twin: Twin,
    classes: Iterable[QueryClass],
    *,
    added: Sequence[AddIndex] = (),
    hidden: Sequence[str] = (),
) -> tuple[list[Trial], list[str]]:
    """Plan each class with each of its sets of values.

    Returns:
        Trials, and the reasons of what could not be planned.
    """
    asked = [(c, values) for c in classes for values in values_of(c)]
    # All befores first: some twins change their indexes slowly.
    before = [await twin.plan(c.sql, values) for c, values in asked]
    after = [await twin.plan(c.sql, v, added=added, hidden=hidden) for c, v in asked]
    done: list[Trial] = []
    reasons: list[str] = []
    for (query_class, _), one, other in zip(asked, before, after, strict=True):
        if isinstance(one, Plan) and isinstance(other, Plan):
            done.append(Trial(query_class, one, other))
        else:
            reasons += [plan.reason for plan in (one, other) if isinstance(plan, NotPlanned)]
    return done, reasons


def doubt(twin: Twin, index: AddIndex, trial: Trial) -> str | None:
    """Return why an index would not help a query; None where it helps."""
    node = next((n for n in trial.after.walk() if n.index == index.name), None)
    if node is None or node.access is Access.FULL:
        return "the planner would not use it"
    if trial.before.cost is None or trial.after.cost is None:
        return too_wide(twin, index, node, trial)
    if not twin.costs_sorts and sorts(trial.after) < sorts(trial.before) and trial.share >= 0:
        return None
    if trial.share < LEAST_SAVED:
        return f"it saves {max(trial.share, 0):.0%} of the cost"
    return None


def too_wide(twin: Twin, index: AddIndex, node: PlanNode, trial: Trial) -> str | None:
    """Return why an index that is used would still save little, where there are no costs."""
    if sorts(trial.after) < sorts(trial.before):
        return None
    equal = len(EQUAL.findall(node.condition or "")) or 1
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
