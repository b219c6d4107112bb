"""How large a B-tree index will be, from the statistics of its columns."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, prod

from asa.scratch.twins.files import BLOCK

__all__ = ["Key", "index_blocks"]

HEADER = 8
POINTER = 4
ROW_POINTER = 6
FILL = 0.9
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
    width = HEADER + sum(key.width for key in listed)
    entry = ceil(width / ALIGNED) * ALIGNED + POINTER
    size = rows * entry
    if deduplicates and listed and all(key.distinct for key in listed):
        distinct = min(rows, prod(key.distinct or 1 for key in listed))
        size = min(size, distinct * entry + rows * ROW_POINTER)
    return 1 + max(1, ceil(size / (BLOCK * FILL)))
