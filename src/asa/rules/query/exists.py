"""Whether a table already has an index that does what another one would."""

import re

from asa.model.fix import AddIndex
from asa.model.schema import Index, Table

__all__ = ["adds_to", "has_index", "needless_beside"]

NOISE = re.compile(r"[\s()\"`]+")


def has_index(table: Table, wanted: AddIndex) -> bool:
    """Tell whether an index of a table has the wanted keys, or begins with them."""
    return any(serves(index, wanted) for index in table.indexes)


def serves(index: Index, wanted: AddIndex) -> bool:
    """Tell whether one index begins with the keys of another and holds the same rows.

    One that holds few rows may be worth having beside one of all.
    """
    if not index.valid or wanted.include:
        return False
    if plain(index.where or "") != plain(wanted.where or ""):
        return False
    prefix = f"{wanted.method} " if wanted.method else ""
    keys = [plain(prefix + key) for key in wanted.columns]
    own = [plain(key.removesuffix(" INCLUDE")) for key in index.columns]
    return own[: len(keys)] == keys


def needless_beside(table: Table, new: AddIndex) -> list[str]:
    """Return the names of a table's indexes that a new one makes needless."""
    keys = [plain(key) for key in new.columns]
    return [
        index.name
        for index in table.indexes
        if index.name
        and not (index.unique or index.primary or index.constraint)
        and new.where is None
        and new.method is None
        and len(index.columns) < len(keys)
        and index.where is None
        and [plain(key) for key in index.columns] == keys[: len(index.columns)]
    ]


def adds_to(table: Table, new: AddIndex) -> bool:
    """Tell whether the keys of an index begin, in any order, with all those of one that is there.

    Such a one finds the same rows already; what is new only finds them better.
    """
    keys = [plain(key) for key in new.columns]
    return new.method is None and any(
        index.where is None
        and index.valid
        and set(keys[: len(index.columns)]) == {plain(key) for key in index.columns}
        for index in table.indexes
    )


def plain(text: str) -> str:
    """Return a key or condition without what the catalogs spell differently."""
    return NOISE.sub("", text.lower())
