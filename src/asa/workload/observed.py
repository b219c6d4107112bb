"""What logs tell beside queries, one entry for each place in the program.

Like a digest's other parts it is a monoid: the worst event is chosen by an order that does
not depend on which came first.
"""

from collections.abc import Iterable, Iterator

from asa.model.observation import Fact, Observation

__all__ = ["Observed"]

MOST_PLACES = 10_000


class Observed:
    """Events by kind and place; where there are very many places, the first ones are kept."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.places: dict[tuple[object, ...], tuple[Fact, int, int]] = {}
        for fact in facts:
            self.add(fact)

    def add(self, fact: Fact, times: int = 1, total_ns: int | None = None) -> None:
        """Add one event, or the worst of several with their number and time."""
        if total_ns is None:
            total_ns = round(fact.ms * 1e6)
        key = (type(fact).__name__, *fact.place)
        known = self.places.get(key)
        if known is not None:
            worst = max(known[0], fact, key=badness)
            self.places[key] = (worst, known[1] + times, known[2] + total_ns)
        elif len(self.places) < MOST_PLACES:
            self.places[key] = (fact, times, total_ns)

    def merge(self, later: "Observed") -> None:
        """Add what later logs tell."""
        for fact, times, total_ns in later.entries():
            self.add(fact, times, total_ns)

    def entries(self) -> Iterator[tuple[Fact, int, int]]:
        """Yield (worst event, times, nanoseconds) of each place."""
        yield from self.places.values()

    def observations(self) -> tuple[Observation, ...]:
        """Return them as plain data, what took longest first."""
        found = [Observation(fact, times, total / 1e6) for fact, times, total in self.entries()]
        return tuple(sorted(found, key=lambda o: (-o.total_ms, -o.times, repr(o.worst))))


def badness(fact: Fact) -> tuple[float, str]:
    """Order events by their time; ties by what does not depend on arrival."""
    return fact.ms, repr(fact)
