"""What servers' logs tell beside statements, counted by kind and text; mergeable."""

from asa.model.workload import ServerEvent

__all__ = ["Events"]

MOST_TEXTS = 1_000


class Events:
    """Events by kind and text; where there are very many texts, the first ones are kept.

    Amounts are whole numbers, which sum alike in any order: bytes, microseconds.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], tuple[int, int, int]] = {}

    def add(self, kind: str, text: str, times: int = 1, total: int = 0, greatest: int = 0) -> None:
        """Add events of one kind and text, with the sum of their amounts and the greatest."""
        known = self.known.get((kind, text))
        if known is not None:
            before, amount, most = known
            self.known[kind, text] = (before + times, amount + total, max(most, greatest))
        elif len(self.known) < MOST_TEXTS:
            self.known[kind, text] = (times, total, greatest)

    def merge(self, later: "Events") -> None:
        """Add the events of a later part."""
        for (kind, text), (times, total, greatest) in later.known.items():
            self.add(kind, text, times, total, greatest)

    def events(self) -> tuple[ServerEvent, ...]:
        """Return them as plain data, by kind, the most frequent first."""
        found = []
        for (kind, text), (times, total, greatest) in self.known.items():
            unit = 1 if kind == "temporary file" else 1000
            found.append(ServerEvent(kind, text, times, total / unit, greatest / unit))
        return tuple(sorted(found, key=lambda e: (e.kind, -e.times, -e.total, e.text)))
