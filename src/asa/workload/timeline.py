"""Calls over time, in intervals as fine as there is room for; mergeable."""

__all__ = ["MOST_INTERVALS", "Timeline"]

MOST_INTERVALS = 4_096
FINEST_S = 1


class Timeline:
    """Calls counted by interval, whose width doubles when there are too many.

    Attributes:
        width_s: Seconds of an interval; each begins at a multiple of it since the epoch.
        calls: By number of the interval.
    """

    __slots__ = ("calls", "width_s")

    def __init__(self, width_s: int = FINEST_S, calls: dict[int, int] | None = None) -> None:
        self.width_s = width_s
        self.calls = {} if calls is None else calls

    def add(self, moment: float, calls: int) -> None:
        """Count calls at a time."""
        interval = int(moment // self.width_s)
        if interval in self.calls:
            self.calls[interval] += calls
        else:
            self.calls[interval] = calls
            while len(self.calls) > MOST_INTERVALS:
                self.widen()

    def widen(self) -> None:
        """Make two intervals one."""
        wider: dict[int, int] = {}
        for interval, calls in self.calls.items():
            wider[interval // 2] = wider.get(interval // 2, 0) + calls
        self.width_s, self.calls = self.width_s * 2, wider

    def merge(self, other: "Timeline") -> None:
        """Add the calls of another, which stays as it is."""
        theirs = Timeline(other.width_s, dict(other.calls))
        while theirs.width_s < self.width_s:
            theirs.widen()
        while self.width_s < theirs.width_s:
            self.widen()
        for interval, calls in theirs.calls.items():
            self.add(interval * theirs.width_s, calls)

    def intervals(self) -> tuple[tuple[float, int], ...]:
        """Return (beginning, calls) in order."""
        return tuple((float(i * self.width_s), self.calls[i]) for i in sorted(self.calls))
