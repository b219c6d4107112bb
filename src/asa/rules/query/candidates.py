"""Which indexes would serve a query: from what it compares, and where its plan reads all.

Columns compared by equality come first, then the order wanted or one range, as a B-tree can
use no column behind a range.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from asa.model.case import Case
from asa.model.plan import Access, Plan, PlanNode
from asa.model.schema import Index, Schema, Table
from asa.model.workload import QueryClass
from asa.sql.facts import Facts, Join, Match
from asa.sql.predicates import facts
from asa.sql.statement import Kind, kind

__all__ = [
    "Candidate",
    "candidates_of",
    "covers",
    "facts_of",
    "merged",
    "narrowed",
    "needed_by_deletes",
]

MOST_EQUAL = 3
UNSELECTIVE_TYPES = ("bool", "bit", "tinyint(1)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index that might serve some query classes.

    Attributes:
        equal: Columns compared by equality, in the order of the index.
        suffix: Columns behind them: the order wanted, or one range.
        fixed: How many columns of `equal` have their place because a narrower candidate
            was merged into this one.
        expected: Rows that the planner expects to pass the filter; None where it does not say.
        unseen: Whether no plan shows the reading that the index would save.
    """

    table: str
    equal: tuple[str, ...]
    suffix: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    fixed: int = 0
    expected: float | None = None
    unseen: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """All key columns in order."""
        return self.equal + self.suffix


def facts_of(case: Case, query_class: QueryClass) -> Facts | None:
    """Return what a class says of its tables; None where its SQL cannot be read."""
    columns = None
    if case.schema:
        columns = {t.name: [c.name for c in t.columns] for t in case.schema.tables}
    found = facts(query_class.sql, query_class.dialect or case.dialect, columns)
    return found if isinstance(found, Facts) else None


def candidates_of(case: Case, query_class: QueryClass, plan: Plan) -> Iterator[Candidate]:
    """Yield a candidate for each table that the plan of a class reads whole."""
    found = facts_of(case, query_class)
    if found is None or case.schema is None:
        return
    for node in plan.walk():
        if node.access is not Access.FULL:
            continue
        use = use_of(found, node, case.schema)
        table = case.schema.table(found.tables[use].name) if use is not None else None
        if use is None or table is None:
            continue
        equal = equal_columns(found, use, table)
        behind = suffix(found, use, table, equal)
        # What a range leaves, or an order saves, only costs can tell.
        if equal or (behind and plan.cost is not None):
            yield Candidate(
                table.name,
                equal,
                behind,
                (query_class.fingerprint,),
                expected=node.rows if node.filter else None,
            )


def needed_by_deletes(case: Case, query_class: QueryClass) -> Iterator[Candidate]:
    """Yield a candidate for each foreign key that deleting a row has to look up.

    The database looks for rows that still refer to it; EXPLAIN shows nothing of that.
    """
    if case.schema is None or kind(query_class.sql, query_class.dialect) is not Kind.DELETE:
        return
    found = facts_of(case, query_class)
    parent = case.schema.table(found.writes) if found and found.writes else None
    if parent is None:
        return
    for table in case.schema.tables:
        for key in table.foreign_keys:
            if key.table.lower() == parent.name.lower():
                classes = (query_class.fingerprint,)
                yield Candidate(table.name, key.columns, (), classes, unseen=True)


def use_of(found: Facts, node: PlanNode, schema: Schema) -> int | None:
    """Return which place of the statement a node reads; None where that is not certain."""
    named = (node.alias or node.table or "").lower()
    by_alias = [n for n, use in enumerate(found.tables) if use.alias.lower() == named]
    real = (whole_of(schema, node.table or "")).lower().rpartition(".")[2]
    by_name = [
        n for n, use in enumerate(found.tables) if use.name.lower().rpartition(".")[2] == real
    ]
    matches = by_alias if len(by_alias) == 1 else by_name
    return matches[0] if len(matches) == 1 else None


def whole_of(schema: Schema, name: str) -> str:
    """Return the table that a partition is a part of; the name itself for any other."""
    return next((table.name for table in schema.tables if name in table.partitions), name)


def equal_columns(found: Facts, use: int, table: Table) -> tuple[str, ...]:
    """Return the columns of one place that are set equal to something known there."""
    compared = [
        (p.match is Match.IN, p.column)
        for p in found.predicates
        if p.at.use == use and p.match in (Match.EQUALITY, Match.IN) and not p.alternative
    ]
    joined = [(False, column) for join in found.joins if (column := inner(found, join, use))]
    # A list of values comes behind single ones.
    ordered = sorted(dict.fromkeys(joined + compared), key=lambda item: item[0])
    columns = [c for _, name in ordered if (c := table.column(name))]
    telling = [c for c in columns if not c.type.lower().startswith(UNSELECTIVE_TYPES)]
    # Those that narrow most come first; unknown ones keep their order behind.
    telling.sort(key=lambda c: -(c.distinct or 0))
    return tuple(dict.fromkeys(c.name for c in telling))[:MOST_EQUAL]


def inner(found: Facts, join: Join, use: int) -> str | None:
    """Return the column of a place that a join reaches from a place that is narrowed."""
    for here, there in ((join.left, join.right), (join.right, join.left)):
        if here.use == use and there.use != use and narrowed(found, there.use):
            return here.column
    return None


def narrowed(found: Facts, use: int) -> bool:
    """Tell whether a place is compared with a value, so that few of its rows may remain."""
    return any(
        p.at.use == use and p.match in (Match.EQUALITY, Match.IN) and not p.alternative
        for p in found.predicates
    )


def suffix(found: Facts, use: int, table: Table, equal: tuple[str, ...]) -> tuple[str, ...]:
    """Return what follows the equal columns: the order of a limited query, else one range."""
    listed = any(p.at.use == use and p.match is Match.IN for p in found.predicates)
    order = found.order_by
    if found.limited and order and not listed and all(o.at.use == use for o in order):
        key = next((i.columns for i in table.indexes if i.primary), ())
        names = tuple(o.at.column for o in order)
        if names == key:
            return ()
        # Read backwards, an index gives an order that falls throughout.
        mixed = len({o.descending for o in order}) > 1
        keys = [f"{o.at.column} DESC" if mixed and o.descending else o.at.column for o in order]
        return tuple(k for k in keys if k.removesuffix(" DESC") not in equal)
    ranges = [
        p.column
        for p in found.predicates
        if p.at.use == use and p.match is Match.RANGE and not p.alternative
    ]
    return tuple(r for r in ranges[:1] if r not in equal)


def merged(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Merge candidates of one table where one index serves several, narrow ones first."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.table, len(c.columns), c.columns)):
        for place, other in enumerate(kept):
            if joint := merge(other, candidate):
                kept[place] = joint
                break
        else:
            kept.append(candidate)
    return kept


def merge(narrow: Candidate, wide: Candidate) -> Candidate | None:
    """Return one index for both; None where no order of columns serves both."""
    if narrow.table != wide.table:
        return None
    equal = wide.equal
    fixed = max(narrow.fixed, wide.fixed)
    if narrow.columns != wide.columns[: len(narrow.columns)]:
        if narrow.suffix or not set(narrow.equal) <= set(wide.equal):
            return None
        rest = tuple(column for column in wide.equal if column not in narrow.equal)
        equal, fixed = narrow.equal + rest, len(narrow.equal)
    return replace(
        wide,
        equal=equal,
        fingerprints=tuple(dict.fromkeys(narrow.fingerprints + wide.fingerprints)),
        fixed=fixed,
        expected=max((e for e in (narrow.expected, wide.expected) if e is not None), default=None),
        unseen=narrow.unseen and wide.unseen,
    )


def covers(index: Index, candidate: Candidate) -> bool:
    """Tell whether an index that exists already serves as the candidate would."""
    if index.where is not None or not index.valid:
        return False
    names = [column.partition(" ")[0].lower() for column in index.columns]
    if not candidate.equal:
        wanted = [column.partition(" ")[0].lower() for column in candidate.suffix]
        return names[: len(wanted)] == wanted
    width = len(candidate.equal)
    return {c.lower() for c in candidate.equal} == set(names[:width])
