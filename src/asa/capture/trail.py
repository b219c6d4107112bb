"""How a lazy load knows the line that loaded its parents.

A SELECT that loads entities is given a `Trail`, an option that SQLAlchemy carries along to
the loads made from those entities later on: so a lazy load knows the line that loaded its
parents. The option is no part of the cache key. It makes SQLAlchemy tell loads apart by the
path they came on, though, and the path is: so where no option of the user's own asks for
that, the path is put back to what it is without the trail, and kept in the trail instead.
"""

from typing import Any

from sqlalchemy.orm.interfaces import UserDefinedOption

from ..model.record import CallSite  # noqa: TID252  (loaded by path)

__all__ = [
    "Trail",
    "joined",
    "steps",
    "trail",
    "trail_of",
    "with_trails",
]

LONGEST_PATH = 8
"""Steps kept of a path; a tree walked lazily would otherwise make a path as deep as itself."""

Steps = tuple[tuple[str, ...], tuple[bool, ...]]


class Trail(UserDefinedOption):
    """Where the entities that carry it were loaded.

    Attributes:
        payload: The line that loaded the first entities, the steps from them to these, and
            for each step whether it holds a collection.
    """

    propagate_to_loaders = True
    payload: "tuple[CallSite | None, tuple[str, ...], tuple[bool, ...]]"

    def __reduce__(self) -> tuple[Any, ...]:
        """Become a plain option that does nothing: a pickled entity outlives the capture."""
        return (UserDefinedOption, ())


TRAILS: dict[tuple[CallSite | None, tuple[str, ...], tuple[bool, ...]], Trail] = {}
"""One trail for all entities loaded by one line on one path."""


def trail(
    origin: CallSite | None, path: tuple[str, ...] = (), collections: tuple[bool, ...] = ()
) -> Trail:
    """Return the trail of that line and path."""
    key = (origin, path, collections)
    known = TRAILS.get(key)
    if known is None:
        known = TRAILS[key] = Trail(key)
    return known


def with_trails(statement: Any, trails: tuple[Trail, ...]) -> Any:
    """Return a copy of a statement with a trail; `options` does the same, with more ado."""
    copied = statement._generate()
    copied._with_options = statement._with_options + trails
    return copied


def trail_of(statement: Any) -> tuple[Trail | None, bool]:
    """Return the trail that brought a statement here, and whether it has no other option."""
    laid, alone = None, True
    for option in statement._with_options:
        if type(option) is Trail:
            laid = option
        else:
            alone = False
    return laid, alone


def steps(path: Any) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """Return a path's `Class.attribute` steps, and for each whether it holds a collection."""
    elements = path.path
    named, collections = [], []
    for entity, attribute in zip(elements[::2], elements[1::2], strict=False):
        named.append(f"{entity.class_.__name__}.{attribute.key}")
        collections.append(bool(getattr(attribute, "uselist", False)))
    return tuple(named), tuple(collections)


def joined(before: Steps, now: Steps) -> Steps:
    """Return the whole path: the steps of the trail, then those that it does not have yet."""
    for overlap in range(min(len(before[0]), len(now[0]) - 1), -1, -1):
        if before[0][len(before[0]) - overlap :] == now[0][:overlap]:
            break
    path, collections = (old + new[overlap:] for old, new in zip(before, now, strict=True))
    return path[-LONGEST_PATH:], collections[-LONGEST_PATH:]  # type: ignore[return-value]
