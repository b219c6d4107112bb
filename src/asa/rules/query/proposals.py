"""Every index that could serve a query class, for a search to choose from by cost.

Wider than what the rule claims by itself: singles, composites, partial and covering ones,
expressions and patterns. Most are of no use; the planner says which.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from asa.model.case import Case
from asa.model.fix import AddIndex, IndexKey
from asa.model.plan import Access, Plan, PlanNode
from asa.model.schema import Column, Table
from asa.model.workload import QueryClass
from asa.rules.query.candidates import facts_of, use_of
from asa.rules.query.ddl import add_index
from asa.rules.query.dialects import Features, features_of
from asa.rules.query.exists import has_index
from asa.rules.query.whole_read import pays_whole, seeks
from asa.sql.facts import Facts, Match

__all__ = ["Proposal", "proposals"]

MOST_EQUAL = 4
MOST_INCLUDED = 4
MOST_OF_USE = 14
"""Proposals for one place of one statement; the search plans each."""
LONG_TEXT_PREFIX = 64
WORTHWHILE_COST = 30.0
"""A query that costs less where it goes by an index already has nothing to gain."""
COSTLY = 100.0
SORTING = ("sort", "temp b-tree", "group", "temporary", "unique", "aggregate")
UNSELECTIVE = ("bool", "bit", "tinyint(1)")


@dataclass(frozen=True, slots=True)
class Proposal:
    """An index to try, and the query classes that it was thought of for."""

    index: AddIndex
    fingerprints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a statement, with what the statement asks of it.

    Attributes:
        walked: Whether an index that is only read whole is worth trying.
    """

    found: Facts
    use: int
    table: Table
    features: Features
    walked: bool


def proposals(case: Case, smallest: int) -> tuple[Proposal, ...]:
    """Return the indexes to try for all planned classes, those of each place once.

    Args:
        case: With schema and plans.
        smallest: Tables with fewer rows are left alone.
    """
    thought: dict[str, tuple[AddIndex, dict[str, None]]] = {}
    features = features_of(case)
    for query_class in case.workload.classes:
        plan = case.plan(query_class.fingerprint)
        for index in of_class(case, query_class, plan, smallest, features) if plan else ():
            _, classes = thought.setdefault(index.ddl, (index, {}))
            classes[query_class.fingerprint] = None
    return tuple(Proposal(index, tuple(classes)) for index, classes in thought.values())


def of_class(
    case: Case, query_class: QueryClass, plan: Plan, smallest: int, features: Features
) -> Iterator[AddIndex]:
    """Yield the indexes to try for one class, where its plan leaves something to save."""
    found = facts_of(case, query_class)
    if found is None or case.schema is None or not improvable(plan):
        return
    for use, place in enumerate(found.tables):
        table = case.schema.table(place.name)
        if table and (table.rows or 0) >= smallest and touched(case, found, use, plan):
            walked = seeks(found) or pays_whole(query_class, table)
            tried = distinct(of_place(Place(found, use, table, features, walked)))
            fresh = (index for index in tried if not has_index(table, index))
            yield from islice(fresh, MOST_OF_USE)


def improvable(plan: Plan) -> bool:
    """Tell whether a plan reads a table whole, or costs enough to look for better."""
    whole = any(node.access is Access.FULL for node in plan.walk())
    return whole or plan.cost is None or plan.cost > WORTHWHILE_COST


def touched(case: Case, found: Facts, use: int, plan: Plan) -> bool:
    """Tell whether a plan costs much, reads something whole or sorts, or filters in a place.

    With another index on one place of a join the planner may come from the other side, and
    what is costly by an index may go by a poor one.
    """
    if (plan.cost or 0.0) > COSTLY:
        return True
    nodes = list(plan.walk())
    if case.schema is None or any(is_sort(n) or n.access is Access.FULL for n in nodes):
        return True
    mine = [n for n in nodes if n.table and use_of(found, n, case.schema) in (use, None)]
    return any(node.filter for node in mine)


def is_sort(node: PlanNode) -> bool:
    """Tell whether a step sorts or groups."""
    kind = node.kind.lower()
    return any(word in kind for word in SORTING)


def distinct(indexes: Iterable[AddIndex]) -> Iterator[AddIndex]:
    """Yield each index once."""
    seen: set[str] = set()
    for index in indexes:
        if index.ddl not in seen:
            seen.add(index.ddl)
            yield index


def of_place(place: Place) -> Iterator[AddIndex]:
    """Yield the indexes to try for one place, the likeliest first."""
    whole = [keys for keys in composites(place) if keys]
    for columns in whole:
        yield made(place, columns)
    condition = constant(place) if place.features.partial else None
    if condition:
        text, columns_of = condition
        for columns in whole[:3]:
            rest = [key for key in columns if key.name not in columns_of]
            # Where nothing else is asked, the rows that the condition leaves are all wanted.
            every = [IndexKey(name) for name in primary(place.table)]
            yield made(place, rest or every, where=text)
    yield from covering(place, whole[:2])
    yield from expressions(place)
    yield from patterns(place)
    yield from containments(place)
    for key in keys_of(place, compared(place)):
        yield made(place, [key])


def primary(table: Table) -> tuple[str, ...]:
    """Return the columns of the primary key; the first of all where there is none."""
    first = table.columns[0].name
    return next((index.columns for index in table.indexes if index.primary), (first,))


def made(
    place: Place,
    keys: Sequence[IndexKey],
    *,
    where: str | None = None,
    include: Sequence[str] = (),
    method: str | None = None,
) -> AddIndex:
    """Return one index on the place's table."""
    return add_index(
        place.features.dialect,
        place.table.name,
        keys,
        where=where,
        include=include,
        method=method,
        partitioned=bool(place.table.partitions),
    )


def composites(place: Place) -> Iterator[list[IndexKey]]:
    """Yield keys that serve several of the place's conditions at once, the most useful first."""
    equal = compared(place, Match.EQUALITY, Match.NULL)
    listed = compared(place, Match.IN)
    ranges = compared(place, Match.RANGE, Match.PREFIX)
    joined = joins(place)
    head = keys_of(place, dict.fromkeys((*joined, *equal)))[:MOST_EQUAL]
    own = keys_of(place, equal)[:MOST_EQUAL]
    order = ordering(place)
    several = keys_of(place, listed)
    bounds = keys_of(place, ranges)
    grouped = keys_of(place, grouping(place))
    yield from filter(None, combined(own, order, several, bounds, grouped))
    if joined:
        yield from filter(None, combined(head, order, several, bounds, grouped))
        yield [*keys_of(place, joined), *(k for k in own if k.name not in joined)]
    # A range that leaves less than the order costs to walk.
    if order and bounds:
        yield behind(own, bounds)


def combined(
    head: list[IndexKey],
    order: list[IndexKey],
    several: list[IndexKey],
    bounds: list[IndexKey],
    grouped: list[IndexKey],
) -> Iterator[list[IndexKey]]:
    """Yield equal columns with what may stand behind them: order, list, range, group."""
    if order:
        yield behind(head, order)
    if several:
        yield behind(head, several + bounds[:1])
        yield behind(head, several + order)
    if bounds:
        yield behind(head, bounds[:1])
    if len(bounds) > 1:
        yield behind(head, bounds[1:2])
    if grouped:
        yield behind(head, grouped)
    yield head


def behind(head: list[IndexKey], rest: list[IndexKey]) -> list[IndexKey]:
    """Return keys followed by others that are not among them."""
    names = {key.name for key in head}
    return [*head, *(key for key in rest if key.name not in names)]


def compared(place: Place, *matches: Match) -> list[str]:
    """Return the columns of the place compared in these ways, or in any that an index serves."""
    wanted = matches or (Match.EQUALITY, Match.IN, Match.NULL, Match.RANGE, Match.PREFIX)
    return [
        p.column
        for p in place.found.predicates
        if p.at.use == place.use and p.match in wanted and not p.alternative
    ]


def joins(place: Place) -> list[str]:
    """Return the columns of the place that other places are joined by."""
    return [
        side.column
        for join in place.found.joins
        for side in (join.left, join.right)
        if side.use == place.use
    ]


def keys_of(place: Place, names: Iterable[str]) -> list[IndexKey]:
    """Return the keys of columns, the most telling first, truths last.

    A primary key of one column needs no other index, and tells more than any beside it.
    """
    own = primary(place.table)
    columns = [c for name in names if (name,) != own and (c := place.table.column(name))]
    columns.sort(key=lambda c: (c.type.lower().startswith(UNSELECTIVE), -(c.distinct or 0)))
    return list(dict.fromkeys(key for c in columns if (key := key_of(place, c))))


def key_of(place: Place, column: Column) -> IndexKey | None:
    """Return the key of a column; None for a type that no B-tree takes."""
    kind = column.type.lower()
    if place.features.unsorted(kind):
        return None
    long = place.features.needs_length and kind.endswith(("text", "blob"))
    return IndexKey(column.name, length=LONG_TEXT_PREFIX if long else None)


def ordering(place: Place) -> list[IndexKey]:
    """Return the keys of the order asked for; one that falls throughout is read backwards."""
    order = place.found.order_by
    if not order or not place.walked or any(o.at.use != place.use for o in order):
        return []
    mixed = len({o.descending for o in order}) > 1
    found = []
    for one in order:
        column = place.table.column(one.at.column)
        key = key_of(place, column) if column else None
        if key is None or key.length:
            return []
        found.append(IndexKey(key.name, descending=mixed and one.descending))
    return found


def grouping(place: Place) -> list[str]:
    """Return the columns that are grouped or made distinct."""
    found = place.found
    if not place.walked:
        return []
    asked = found.group_by or (found.selected if found.distinct and not found.star else ())
    return [c.column for c in asked] if all(c.use == place.use for c in asked) else []


def constant(place: Place) -> tuple[str, set[str]] | None:
    """Return the conditions that hold in every execution as one, and their columns."""
    texts: dict[str, str] = {}
    for one in place.found.constants:
        column = place.table.column(one.at.column)
        truth = column is not None and column.type.lower().startswith(UNSELECTIVE)
        if one.at.use == place.use and column and (truth or not one.literal):
            texts.setdefault(one.text, column.name)
    return (" AND ".join(texts), set(texts.values())) if texts else None


def covering(place: Place, heads: Iterable[list[IndexKey]]) -> Iterator[AddIndex]:
    """Yield indexes that hold all that the statement reads of the place."""
    found = place.found
    if found.star or not found.complete or found.kind.writes or not place.walked:
        return
    # Where the table is kept in the order of its key, every index holds the key already.
    held = () if place.features.includes else primary(place.table)
    read = [
        name
        for name in dict.fromkeys(c.column for c in found.reads if c.use == place.use)
        if name not in held
    ]
    for head in heads:
        names = {key.name for key in head}
        rest = [key for name in read if name not in names for key in keys_of(place, [name])]
        if not rest or len(rest) > MOST_INCLUDED or any(key.length for key in (*head, *rest)):
            continue
        if place.features.includes:
            yield made(place, head, include=[key.name for key in rest])
        else:
            yield made(place, [*head, *rest])


def expressions(place: Place) -> Iterator[AddIndex]:
    """Yield indexes over expressions that are compared."""
    if not place.features.expressions:
        return
    own = keys_of(place, compared(place, Match.EQUALITY))[:MOST_EQUAL]
    for one in place.found.computed:
        if one.at.use == place.use and one.match in (Match.EQUALITY, Match.RANGE, Match.PREFIX):
            key = IndexKey(one.text, expression=True)
            if one.match is Match.PREFIX and place.features.pattern_operators:
                key = IndexKey(one.text, expression=True, operators="text_pattern_ops")
            yield made(place, [key])
            if own:
                yield made(place, [*own, key])


def patterns(place: Place) -> Iterator[AddIndex]:
    """Yield indexes for LIKE: on a known start by bytes, on any part by trigrams."""
    for predicate in place.found.predicates:
        column = place.table.column(predicate.column)
        if predicate.at.use != place.use or predicate.alternative or column is None:
            continue
        if predicate.match is Match.PREFIX and place.features.pattern_operators:
            operators = place.features.pattern_operators_of(column.type)
            yield made(place, [IndexKey(column.name, operators=operators)])
        if predicate.match is Match.PATTERN and place.features.trigrams:
            key = IndexKey(column.name, operators="gin_trgm_ops")
            yield made(place, [key], method="gin")
    for one in place.found.computed if place.features.trigrams else ():
        if one.at.use == place.use and one.match is Match.PATTERN:
            key = IndexKey(one.text, expression=True, operators="gin_trgm_ops")
            yield made(place, [key], method="gin")


def containments(place: Place) -> Iterator[AddIndex]:
    """Yield indexes by which parts of arrays, documents, texts and ranges are looked up."""
    for predicate in place.found.predicates:
        column = place.table.column(predicate.column)
        if predicate.at.use != place.use or predicate.alternative or column is None:
            continue
        method = place.features.containment_method_of(column.type)
        if predicate.match is Match.CONTAINS and method:
            yield made(place, [IndexKey(column.name)], method=method)
    for one in place.found.computed if place.features.containment else ():
        if one.at.use == place.use and one.match is Match.CONTAINS:
            yield made(place, [IndexKey(one.text, expression=True)], method="gin")
