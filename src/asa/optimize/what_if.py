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
from asa.sql.facts import Facts, Match

__all__ = ["Asked", "WhatIf", "asked_of", "weight", "whole_way"]

FEW = (Match.EQUALITY, Match.IN, Match.NULL)
SELDOM = 0.1
"""Share of the rows that are wanted, below which it is a hope to meet some early."""
BAD_LUCK = 0.1
"""How much of the whole way is counted then."""


@dataclass(frozen=True)
class Asked:
    """One query class with its tables and the values to plan it with.

    Attributes:
        tables: Names in lower case.
        sets: One or two sets of values.
        limited: Whether it asks for its first rows only.
        names: The table behind each name of the statement, in lower case.
        either: Whether it has an OR, for which a plan may take several indexes of one table.
        equal: By name in the statement: columns set equal to values there.
        rows: Of each table whose size is known.
        sought: (table, column), in lower case, by which rows are found, ordered or grouped:
            an index that begins with none of them serves nothing here.
    """

    query_class: QueryClass
    tables: frozenset[str]
    sets: tuple[Parameters, ...]
    limited: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    sought: frozenset[tuple[str, str]] = frozenset()
    either: bool = False
    equal: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)

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
    sets = tuple(values_of(query_class))
    if found is None:
        return Asked(query_class, frozenset(), sets)
    tables = frozenset(use.name.lower() for use in found.tables)
    return Asked(
        query_class,
        tables,
        sets,
        limited=found.limited,
        names={use.alias.lower(): use.name for use in found.tables},
        sought=sought_by(found),
        either=any(predicate.alternative for predicate in found.predicates),
        equal=equal_by_name(found),
        rows=rows_of(case, tables),
    )


def equal_by_name(found: Facts) -> dict[str, frozenset[str]]:
    """Return the columns that each place of a statement sets equal to values."""
    return {
        use.alias.lower(): frozenset(
            p.column.lower()
            for p in found.predicates
            if p.at.use == place and p.match in FEW and not p.alternative
        )
        for place, use in enumerate(found.tables)
    }


def rows_of(case: Case, tables: Iterable[str]) -> dict[str, int]:
    """Return the rows of some tables, by name in lower case; unknown ones are left out."""
    known = {name: case.schema.table(name) for name in tables} if case.schema else {}
    return {name: table.rows for name, table in known.items() if table and table.rows}


def sought_by(found: Facts) -> frozenset[tuple[str, str]]:
    """Return the columns by which a statement finds, orders or groups rows."""
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
    own = twin.weigh(plan, limited=asked.limited, names=asked.names, equal=asked.equal)
    whole = whole_way(asked, plan) if twin.costs_sorts else None
    return own if whole is None else own + BAD_LUCK * (whole - own)


def whole_way(asked: Asked, plan: Plan) -> float | None:
    """Return the cost of a step that a plan hopes to end early, where it looks for few rows.

    For LIMIT and EXISTS the planner takes the wanted rows to lie evenly in what is read. Where
    there are none, or they lie at its end, all of it is read.
    """
    for node in plan.walk():
        if node.filter and not node.condition and (node.cost or 0.0) > (plan.cost or 0.0):
            table = asked.names.get((node.alias or node.table or "").lower(), node.table or "")
            rows = asked.rows.get(table.lower())
            if rows and node.rows is not None and node.rows < SELDOM * rows:
                return node.cost
    return None
