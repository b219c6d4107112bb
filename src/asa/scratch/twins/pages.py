"""The first pages of a B-tree that seems as high as the real one, and holds nothing.

The planner adds to a search what going down the tree costs, and reads the tree's height from
its first page. An empty index has no tree: it gets one page on each level, each leading to
the next, the last an empty leaf. https://www.postgresql.org/docs/18/storage-page-layout.html
"""

import struct
from pathlib import Path

from asa.scratch.twins.files import BLOCK

__all__ = ["write_levels"]

META_START = 24
KNOWN = struct.pack("<II", 0x053162, 4)
"""Magic number and version on the index's first page."""
ROOT = struct.Struct("<IIII")
"""Place and level of the root, twice: of the true one and of that where searches begin."""
HEADER = struct.Struct("<QHHHHHHI")
LAYOUT = BLOCK | 4
"""Size of a page and version of its layout, as its header has them."""
ITEM = struct.Struct("<I")
DOWN = struct.Struct("<HHHH")
"""An entry of an inner page: where the page below is, and that it has no key."""
KEYLESS = 1 << 13
USED = 1
TAIL = struct.Struct("<IIIHH")
"""Neighbours, level and kind of a page."""
TAIL_START = BLOCK - TAIL.size
LEAF, TOP = 1, 2


def write_levels(file: Path, levels: int) -> None:
    """Give an empty B-tree so many levels above its leaves; leave one of another format alone."""
    with file.open("r+b") as opened:
        opened.seek(META_START)
        if opened.read(len(KNOWN)) != KNOWN:
            return
        opened.write(ROOT.pack(1, levels, 1, levels))
        opened.seek(BLOCK)
        for level in range(levels, -1, -1):
            kind = (TOP if level == levels else 0) | (0 if level else LEAF)
            opened.write(page(level, kind, levels - level + 2))


def page(level: int, kind: int, below: int) -> bytes:
    """Return a page without neighbours, with one entry that leads below where it is no leaf."""
    made = bytearray(BLOCK)
    lower, upper = HEADER.size, TAIL_START
    if level:
        upper -= DOWN.size
        ITEM.pack_into(made, lower, upper | USED << 15 | DOWN.size << 17)
        DOWN.pack_into(made, upper, below >> 16, below & 0xFFFF, 0, DOWN.size | KEYLESS)
        lower += ITEM.size
    HEADER.pack_into(made, 0, 0, 0, 0, lower, upper, TAIL_START, LAYOUT, 0)
    TAIL.pack_into(made, TAIL_START, 0, 0, level, kind, 0)
    return bytes(made)
