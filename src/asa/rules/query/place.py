"""One place where a statement names a table, as an index on that table would serve it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asa.model.fix import AddIndex, IndexKey
from asa.model.schema import Column, Table
from asa.rules.query.ddl import add_index
from asa.rules.query.dialects import Features
from asa.sql.facts import Facts, Match

__all__ = [
    "UNSELECTIVE", "Place", "compared", "grouping", "joins", "keys_of", "made", "ordering",
    "primary",
]  # fmt: skip

LONG_TEXT_PREFIX = 64
UNKNOWN = 100
"""Values that a column is taken to have where nothing tells how many."""
UNSELECTIVE = ("bool", "bit", "tinyint(1)")


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
    columns.sort(key=lambda c: (c.type.lower().startswith(UNSELECTIVE), -(c.distinct or UNKNOWN)))
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
