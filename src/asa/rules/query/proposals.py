"""Every index that could serve a query class, for a search to choose from by cost.

Wider than what the rule claims by itself: singles, composites, partial and covering ones,
expressions and patterns. Most are of no use; the planner says which.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from asa.model.case import Case
from asa.model.fix import AddIndex
from asa.model.plan import Plan
from asa.model.workload import QueryClass
from asa.rules.query.candidates import facts_of
from asa.rules.query.composites import composites
from asa.rules.query.dialects import Features, features_of
from asa.rules.query.exists import has_index
from asa.rules.query.improvable import improvable, touched
from asa.rules.query.place import Place, compared, keys_of, made
from asa.rules.query.special_indexes import (
    alternatives,
    containments,
    covering,
    expressions,
    partial,
    patterns,
)
from asa.rules.query.whole_read import pays_whole, seeks

__all__ = ["Proposal", "proposals"]

MOST_OF_USE = 14
"""Proposals for one place of one statement; the search plans each."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An index to try, and the query classes that it was thought of for."""

    index: AddIndex
    fingerprints: tuple[str, ...]


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
    yield from partial(place, whole[:3] or [[]])
    yield from covering(place, whole[:2])
    yield from expressions(place)
    yield from patterns(place)
    yield from containments(place)
    yield from alternatives(place)
    for key in keys_of(place, compared(place)):
        yield made(place, [key])
