"""Parameter values as the digest knows them: by hash, in bounded numbers."""

from hashlib import blake2b

from asa.model.record import Parameters
from asa.model.workload import ParameterSet

__all__ = ["ParameterSets", "digest_of", "literals_of"]

KEPT_SLOWEST = 8
KEPT_SAMPLED = 8


def digest_of(parameters: Parameters) -> bytes | None:
    """Return a hash of values, the same in every process; None where there are none."""
    if parameters is None:
        return None
    named = sorted(parameters.items()) if isinstance(parameters, dict) else parameters
    return blake2b(repr(named).encode("utf-8", "replace"), digest_size=8).digest()


def literals_of(sql: str) -> bytes | None:
    """Return a hash of a statement that holds its values as literals.

    None where it may have placeholders: their values are then not known.
    """
    if any(mark in sql for mark in ("$1", "?", "%s", "%(")):
        return None
    return blake2b(sql.encode("utf-8", "replace"), digest_size=8).digest()


class ParameterSets:
    """The slowest parameter sets of a class, and a sample of the others.

    A set counts with the longest time it took. The sample is the sets of the smallest
    hashes, which is random in the values and the same whatever the order of arrival; so
    both kinds merge exactly.
    """

    __slots__ = ("sampled", "slowest")

    def __init__(self) -> None:
        self.slowest: dict[bytes, tuple[int, Parameters]] = {}
        self.sampled: dict[bytes, tuple[int, Parameters]] = {}

    def add(self, key: bytes, duration_ns: int, parameters: Parameters) -> None:
        """Add one execution; `duration_ns` is -1 where unknown."""
        keep(self.slowest, key, duration_ns, parameters)
        if len(self.slowest) > KEPT_SLOWEST:
            del self.slowest[min(self.slowest, key=self.rank)]
        if key in self.sampled or len(self.sampled) < KEPT_SAMPLED or key < max(self.sampled):
            keep(self.sampled, key, duration_ns, parameters)
            if len(self.sampled) > KEPT_SAMPLED:
                del self.sampled[max(self.sampled)]

    def rank(self, key: bytes) -> tuple[int, bytes]:
        """Return what orders the slowest: time, then hash."""
        return self.slowest[key][0], key

    def merge(self, other: "ParameterSets") -> None:
        """Add all sets of another."""
        for kept in (other.slowest, other.sampled):
            for key, (duration_ns, parameters) in kept.items():
                self.add(key, duration_ns, parameters)

    def sets(self) -> tuple[ParameterSet, ...]:
        """Return the slowest first, then the sample, each set once."""
        slowest = sorted(self.slowest, key=self.rank, reverse=True)
        both = {key: self.slowest[key] for key in slowest}
        for key in sorted(self.sampled):
            both.setdefault(key, self.sampled[key])
        return tuple(
            ParameterSet(parameters, None if duration < 0 else duration / 1e6)
            for duration, parameters in both.values()
        )


def keep(
    sets: dict[bytes, tuple[int, Parameters]], key: bytes, duration_ns: int, parameters: Parameters
) -> None:
    """Keep a set with the longest time that it took."""
    known = sets.get(key)
    if known is None or duration_ns > known[0]:
        sets[key] = (duration_ns, known[1] if known else parameters)
