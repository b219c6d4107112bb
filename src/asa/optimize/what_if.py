"""Plans of a workload under sets of indexes that are not there, each asked for once.

What a query costs depends only on the indexes of the tables that it reads. So plans are kept
by the query and those indexes: far fewer than by the whole set.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from asa.model.case import Case
from asa.model.fix import AddIndex
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters
from asa.model.workload import QueryClass
from asa.optimize.explain import values_of
from asa.rules.query.candidates import facts_of
from asa.scratch.twins import Twin
from asa.sql.facts import Facts

__all__ = ["Asked", "WhatIf", "asked_of", "weight"]


@dataclass(frozen=True)
class Asked:
    """One query class with its tables and the values to plan it with.

    Attributes:
        tables: Names in lower case.
        sets: One or two sets of values.
        limited: Whether it asks for its first rows only.
        names: The table behind each name of the statement, in lower case.
        sought: (table, column), in lower case, by which rows are found, ordered or grouped:
            an index that begins with none of them serves nothing here.
    """

    query_class: QueryClass
    tables: frozenset[str]
    sets: tuple[Parameters, ...]
    limited: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    sought: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def fingerprint(self) -> str:
        """Of the query class."""
        return self.query_class.fingerprint

    def concerns(self, index: AddIndex) -> bool:
        """Tell whether an index could serve the class."""
        table, first = index.table.lower(), index.keys[0]
        if table not in self.tables:
            return False
        return (
            first.expression
            or index.where is not None
            or (table, first.name.lower()) in self.sought
        )


def asked_of(case: Case, query_class: QueryClass) -> Asked:
    """Return a class as it is to be planned."""
    found = facts_of(case, query_class)
    tables = frozenset(use.name.lower() for use in found.tables) if found else frozenset[str]()
    limited = found is not None and found.limited
    names = {use.alias.lower(): use.name for use in found.tables} if found else {}
    return Asked(
        query_class, tables, tuple(values_of(query_class)), limited, names, sought_by(found)
    )


def sought_by(found: Facts | None) -> frozenset[tuple[str, str]]:
    """Return the columns by which a statement finds, orders or groups rows."""
    if found is None:
        return frozenset()
    columns = [
        *(predicate.at for predicate in found.predicates),
        *(side for join in found.joins for side in (join.left, join.right)),
        *(key.at for key in found.order_by),
        *found.group_by,
        *(found.selected if found.distinct else ()),
    ]
    return frozenset((column.table.lower(), column.column.lower()) for column in columns)


@dataclass
class WhatIf:
    """A twin that remembers what it was asked.

    Attributes:
        explained: Statements planned so far.
    """

    twin: Twin
    explained: int = 0
    known: dict[tuple[str, int, frozenset[str]], Plan | NotPlanned] = field(default_factory=dict)

    async def plan(
        self, asked: Asked, place: int, indexes: Collection[AddIndex]
    ) -> Plan | NotPlanned:
        """Plan a class with its n-th set of values under some indexes."""
        mine = [index for index in indexes if asked.concerns(index)]
        key = (asked.fingerprint, place, frozenset(index.name for index in mine))
        if key not in self.known:
            self.explained += 1
            self.known[key] = await self.twin.plan(
                asked.query_class.sql, asked.sets[place], added=mine
            )
        return self.known[key]

    async def cost(self, asked: Asked, indexes: Collection[AddIndex]) -> float | None:
        """Return the mean weight of a class over its sets of values; None where it has none."""
        plans = [await self.plan(asked, place, indexes) for place in range(len(asked.sets))]
        found = [plan for plan in plans if isinstance(plan, Plan)]
        if len(found) != len(plans) or not found:
            return None
        return sum(weight(self.twin, asked, plan) for plan in found) / len(found)

    async def costs(
        self, everyone: Iterable[Asked], indexes: Sequence[AddIndex]
    ) -> dict[str, float]:
        """Return the weight of each class that can be planned, by fingerprint."""
        costs = {}
        for asked in everyone:
            cost = await self.cost(asked, indexes)
            if cost is not None:
                costs[asked.fingerprint] = cost
        return costs


def weight(twin: Twin, asked: Asked, plan: Plan) -> float:
    """Return what a plan of a class weighs on a twin."""
    return twin.weigh(plan, limited=asked.limited, names=asked.names)
