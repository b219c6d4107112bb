"""How large and how high a B-tree index will be, from the statistics of its columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, prod

from asa.scratch.twins.files import BLOCK

__all__ = ["Key", "index_blocks", "tree_height"]

HEADER = 8
POINTER = 4
ROW_POINTER = 6
FILL = 0.9
INNER_FILL = 0.7
ALIGNED = 8


@dataclass(frozen=True, slots=True)
class Key:
    """What the statistics say of one key column.

    Attributes:
        width: Mean bytes of a value.
        distinct: Number of distinct values in the table; None where unknown.
    """

    width: float
    distinct: float | None = None


def index_blocks(rows: float, keys: Iterable[Key], *, deduplicates: bool = True) -> int:
    """Return the pages of a B-tree over that many rows.

    Args:
        rows: Rows of the table.
        keys: Its key columns in order.
        deduplicates: Whether equal keys are stored once, as from PostgreSQL 13 on.
    """
    listed = list(keys)
    entry = aligned(listed) + POINTER
    size = rows * entry
    distinct = combinations(listed, rows)
    if deduplicates and distinct is not None:
        size = min(size, distinct * entry + rows * ROW_POINTER)
    return 1 + max(1, ceil(size / (BLOCK * FILL)))


def tree_height(blocks: int, rows: float, keys: Sequence[Key]) -> int:
    """Return how many levels of a B-tree stand above its leaves.

    Args:
        blocks: Its pages.
        rows: Its entries.
        keys: Its key columns in order, without those that are only included.
    """
    entry = aligned(keys) + POINTER
    distinct = combinations(keys, rows)
    if distinct is not None and distinct < rows / 2:
        # Between equal keys the row's own place tells the pages apart.
        entry += ALIGNED
    children = max(2, int(BLOCK * INNER_FILL / entry))
    levels, pages = 0, blocks - 1
    while pages > 1:
        levels += 1
        pages = ceil(pages / children)
    return levels


def aligned(keys: Sequence[Key]) -> int:
    """Return the bytes of an entry."""
    return ceil((HEADER + sum(key.width for key in keys)) / ALIGNED) * ALIGNED


def combinations(keys: Sequence[Key], rows: float) -> float | None:
    """Return how many different keys so many rows have at most; None where that is unknown."""
    if not keys or not all(key.distinct for key in keys):
        return None
    return min(rows, prod(key.distinct or 1 for key in keys))
