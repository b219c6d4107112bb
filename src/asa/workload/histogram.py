"""Durations in buckets, for percentiles: mergeable, and each within 1 % of the true one.

The buckets' bounds grow by a constant factor, so that a bucket's middle is within
`RELATIVE_ERROR` of all in it (the DDSketch of Masson, Rim and Lee, VLDB 2019).
"""

from math import ceil, log

__all__ = ["RELATIVE_ERROR", "Histogram"]

RELATIVE_ERROR = 0.01
GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
SCALE = 1 / log(GROWTH)
MIDDLE = 2 / (GROWTH + 1)


class Histogram:
    """Durations in nanoseconds, counted by bucket; bucket 0 holds those up to 1 ns."""

    __slots__ = ("counts",)

    def __init__(self, counts: dict[int, int] | None = None) -> None:
        self.counts = {} if counts is None else counts

    def add(self, duration_ns: int, times: int = 1) -> None:
        """Count a duration."""
        bucket = ceil(log(duration_ns) * SCALE) if duration_ns > 1 else 0
        self.counts[bucket] = self.counts.get(bucket, 0) + times

    def merge(self, other: "Histogram") -> None:
        """Add the counts of another."""
        for bucket, times in other.counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + times

    def quantile(self, share: float) -> float | None:
        """Return the nanoseconds that this share of the durations did not exceed."""
        total = sum(self.counts.values())
        if not total:
            return None
        wanted = max(ceil(share * total), 1)
        for bucket in sorted(self.counts):
            wanted -= self.counts[bucket]
            if wanted <= 0:
                break
        return GROWTH**bucket * MIDDLE if bucket else 1.0
