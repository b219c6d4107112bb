"""Which repeated loads lie within one another: the posts of each user, the comments of each."""

from collections.abc import Iterable

from asa.model.workload import Burst
from asa.rules.query.cure import is_whole_entity
from asa.rules.query.per_row import PerRow

__all__ = ["Loop", "chained", "nested"]

Loop = tuple[Burst, PerRow]


def nested(bursts: Iterable[Burst]) -> list[list[Burst]]:
    """Group bursts whose paths lie on one another from one origin, the outermost first."""
    groups: list[list[Burst]] = []
    for burst in sorted(bursts, key=depth):
        for group in groups:
            if continues(group[-1], burst):
                group.append(burst)
                break
        else:
            groups.append([burst])
    return groups


def depth(burst: Burst) -> tuple[int, bool]:
    """Return how deep a load lies; an entity comes before its attributes."""
    return (len(burst.load.path), not is_whole_entity(burst.load)) if burst.load else (0, False)


def continues(outer: Burst, inner: Burst) -> bool:
    """Tell whether one burst loads a relationship of what another one loaded."""
    if outer.load is None or inner.load is None or outer.load.origin != inner.load.origin:
        return False
    if outer.scope.label != inner.scope.label:
        return False
    path, below = outer.load.path, inner.load.path
    if is_whole_entity(outer.load):
        # `refresh(user, ["posts"])` reads the user too.
        return outer.call_site == inner.call_site and below[-1].startswith(f"{path[-1]}.")
    return len(below) > len(path) and below[: len(path)] == path


def chained(loops: list[Loop]) -> list[list[Loop]]:
    """Group loops whose parents another loop loads, the outermost first."""
    chains: list[list[Loop]] = []
    sent = {sender(burst) for burst, _ in loops}
    for loop in sorted(loops, key=lambda loop: parents(loop) in sent):
        for chain in chains:
            if sender(chain[-1][0]) == parents(loop):
                chain.append(loop)
                break
        else:
            chains.append([loop])
    return chains


def sender(burst: Burst) -> object:
    """Return what a burst is known by, to those whose parents it loads."""
    return (burst.scope.label, burst.fingerprint, burst.call_site)


def parents(loop: Loop) -> object:
    """Return which burst would load the parents of a loop."""
    burst, found = loop
    return (burst.scope.label, *(found.parents or (None, None)))
