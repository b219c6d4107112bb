"""Indexes beyond keys of plain columns: partial, covering, of expressions and parts of values."""

from collections.abc import Iterable, Iterator

from asa.model.fix import AddIndex, IndexKey
from asa.model.schema import Table
from asa.rules.query.composites import MOST_EQUAL
from asa.rules.query.place import UNSELECTIVE, Place, compared, keys_of, made, primary
from asa.sql.facts import Computed, Match

__all__ = ["alternatives", "containments", "covering", "expressions", "partial", "patterns"]

MOST_INCLUDED = 4


def partial(place: Place, heads: Iterable[list[IndexKey]]) -> Iterator[AddIndex]:
    """Yield indexes of the rows alone for which the conditions hold that never change."""
    condition = constant(place) if place.features.partial else None
    if condition is None:
        return
    text, held = condition
    # Where nothing else is asked, the rows that the condition leaves are all wanted.
    every = [IndexKey(name) for name in primary(place.table)[:1]]
    for head in heads:
        yield made(place, [key for key in head if key.name not in held] or every, where=text)


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
    for head in (as_there(place.table, head) for head in heads):
        names = {key.name for key in head}
        rest = [key for name in read if name not in names for key in keys_of(place, [name])]
        if not rest or len(rest) > MOST_INCLUDED or any(key.length for key in (*head, *rest)):
            continue
        if place.features.includes:
            yield made(place, head, include=[key.name for key in rest])
        else:
            yield made(place, [*head, *rest])


def as_there(table: Table, head: list[IndexKey]) -> list[IndexKey]:
    """Return keys in the order of an index of the same columns, which a wider one replaces."""
    by_name = {key.name: key for key in head}
    for index in table.indexes:
        if index.where is None and sorted(index.columns) == sorted(by_name):
            return [by_name[name] for name in index.columns]
    return head


def expressions(place: Place) -> Iterator[AddIndex]:
    """Yield indexes over expressions that are compared, or that give the order."""
    if not place.features.expressions:
        return
    own = keys_of(place, compared(place, Match.EQUALITY))[:MOST_EQUAL]
    mine = [one for one in place.found.computed if one.at.use == place.use]
    equal = [computed_key(place, one) for one in mine if one.match is Match.EQUALITY]
    behind = [computed_key(place, one) for one in mine if one.match in (Match.RANGE, Match.PREFIX)]
    order = place.found.computed_order
    if order is not None and order.at.use == place.use and place.walked:
        listed = keys_of(place, compared(place, Match.IN))[:1]
        behind += [computed_key(place, order)]
        if listed:
            yield made(place, [*own, *equal, *listed, computed_key(place, order)])
    for key in dict.fromkeys((*equal, *behind)):
        yield made(place, [key])
        if own:
            yield made(place, [*own, key])
    if len(equal) > 1:
        yield made(place, equal)
    for key in dict.fromkeys(behind) if equal else ():
        yield made(place, [*own, *equal, key])


def computed_key(place: Place, one: Computed) -> IndexKey:
    """Return the key over an expression."""
    by_bytes = one.match is Match.PREFIX and place.features.pattern_operators
    return IndexKey(one.text, expression=True, operators="text_pattern_ops" if by_bytes else None)


def alternatives(place: Place) -> Iterator[AddIndex]:
    """Yield one index for each column of an OR: the planner may go by all of them at once."""
    for predicate in place.found.predicates:
        column = place.table.column(predicate.column)
        if predicate.at.use != place.use or not predicate.alternative or column is None:
            continue
        if predicate.match is Match.PATTERN and place.features.trigrams:
            yield made(place, [IndexKey(column.name, operators="gin_trgm_ops")], method="gin")
        elif predicate.match in (Match.EQUALITY, Match.IN, Match.RANGE):
            yield from (made(place, [key]) for key in keys_of(place, [column.name]))


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
