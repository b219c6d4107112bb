"""Keys of plain columns, in the orders in which an index can serve several conditions at once."""

from collections.abc import Iterator

from asa.model.fix import IndexKey
from asa.rules.query.place import UNSELECTIVE, Place, compared, grouping, joins, keys_of, ordering
from asa.sql.facts import Match

__all__ = ["MOST_EQUAL", "composites"]

MOST_EQUAL = 4


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
    telling = [key for key in own if not is_truth(place, key)]
    if len(telling) < len(own):
        yield from filter(None, combined(telling, order, several, bounds, grouped))
    # A range that leaves less than the order costs to walk.
    if order and bounds:
        yield behind(own, bounds)


def is_truth(place: Place, key: IndexKey) -> bool:
    """Tell whether a key holds one of two values, by which an index finds half of the rows."""
    column = place.table.column(key.name)
    return column is not None and column.type.lower().startswith(UNSELECTIVE)


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
