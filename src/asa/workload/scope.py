"""Repetitions within one scope: what one line of a program asked again and again.

A scope is one natural unit of work: in one process and task, under one label (a test, a
route), one ORM session; without a session, one transaction; without either, the labelled
task. So an explicit query per row in one session falls into one scope, and two requests
never do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from asa.model.record import CallSite, QueryRecord, RelationshipLoad, Scope
from asa.model.workload import Burst
from asa.workload.query_class import milliseconds, nanoseconds, total

__all__ = ["OpenScope", "Repetition", "scope_key"]

MOST_DISTINCT = 256
MOST_RUNS = 2_000
MOST_EARLIER = 200


def scope_key(scope: Scope) -> tuple[object, ...] | None:
    """Return what identifies a scope; None where the log tells too little to know one."""
    unit = ("session", scope.session) if scope.session else ("transaction", scope.transaction)
    if unit[1] is None and scope.task is None and scope.label is None:
        return None
    return (scope.process, scope.task, scope.label, *unit)


RunKey = tuple[str, CallSite | None, RelationshipLoad | None, str | None]


class Run:
    """One class run by one line in one scope.

    Attributes:
        first: Its place among the scope's statements.
        distinct: The smallest hashes of its parameter sets.
    """

    __slots__ = ("calls", "distinct", "first", "total_ns")

    def __init__(self, first: int) -> None:
        self.first = first
        self.calls = 0
        self.total_ns = -1
        self.distinct: set[bytes] = set()

    def add(self, values: bytes | None, duration_ns: int) -> None:
        """Add one statement."""
        self.calls += 1
        self.total_ns = total(self.total_ns, duration_ns)
        if values is not None:
            self.distinct.add(values)
            self.bound()

    def bound(self) -> None:
        """Keep the smallest hashes only."""
        while len(self.distinct) > MOST_DISTINCT:
            self.distinct.remove(max(self.distinct))


class OpenScope:
    """The statements of one scope so far.

    Attributes:
        scope: As its first record told it.
        sent: How many statements it sent.
        runs: Its classes and lines.
        returned: The classes and lines that returned rows, each with its first place.
    """

    __slots__ = ("returned", "runs", "scope", "sent")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.sent = 0
        self.runs: dict[RunKey, Run] = {}
        self.returned: dict[tuple[str, CallSite | None], int] = {}

    def add(self, record: QueryRecord, mark: str, values: bytes | None) -> None:
        """Add one record of the class `mark`."""
        key = (mark, record.call_site, record.load, record.entity)
        run = self.runs.get(key)
        # An executemany is a batch already: however often it comes, nothing goes row by row.
        single = record.executions == 1 and not record.batch
        if run is None and single and len(self.runs) < MOST_RUNS:
            run = self.runs[key] = Run(self.sent)
        if run is not None and single:
            run.add(values, nanoseconds(record.duration_ms))
        origin = (mark, record.call_site)
        if record.rows != 0 and returns_rows(mark) and len(self.returned) < MOST_EARLIER:
            self.returned.setdefault(origin, self.sent)
        self.sent += 1

    def merge(self, later: "OpenScope") -> None:
        """Add what the same scope did later."""
        for key, theirs in later.runs.items():
            mine = self.runs.get(key)
            if mine is None and len(self.runs) < MOST_RUNS:
                mine = self.runs[key] = Run(self.sent + theirs.first)
            if mine is not None:
                mine.calls += theirs.calls
                mine.total_ns = total(mine.total_ns, theirs.total_ns)
                mine.distinct |= theirs.distinct
                mine.bound()
        for origin, place in later.returned.items():
            if len(self.returned) < MOST_EARLIER:
                self.returned.setdefault(origin, self.sent + place)
        self.sent += later.sent

    def repetitions(self) -> Iterator[tuple[RunKey, "Repetition"]]:
        """Yield what was run at least twice, and what failed for want of an await."""
        for key, run in self.runs.items():
            load = key[2]
            if run.calls > 1 or (load is not None and load.failed):
                burst = self.burst(key, run)
                yield key, Repetition(burst, 1, run.calls, run.total_ns)

    def burst(self, key: RunKey, run: Run) -> Burst:
        """Return one run as a burst."""
        mark, call_site, load, entity = key
        return Burst(
            fingerprint=mark,
            scope=self.scope,
            calls=run.calls,
            distinct_parameters=len(run.distinct),
            total_ms=milliseconds(run.total_ns),
            call_site=call_site,
            load=load,
            entity=entity,
            earlier=tuple(origin for origin, place in self.returned.items() if place < run.first),
        )


def returns_rows(mark: str) -> bool:
    """Say whether statements of a class hand rows to the program."""
    return mark.startswith(("SELECT", "WITH", "VALUES", "(")) or " RETURNING " in mark


@dataclass(frozen=True, slots=True)
class Repetition:
    """The same repetition in several scopes.

    Attributes:
        worst: In the scope that repeated it most.
        scopes: In how many.
        calls: Statements in all of them.
        total_ns: Their time; -1 where unknown.
    """

    worst: Burst
    scopes: int
    calls: int
    total_ns: int

    def merged(self, other: "Repetition") -> "Repetition":
        """Return this with the scopes of another."""
        return Repetition(
            worst=max(self.worst, other.worst, key=badness),
            scopes=self.scopes + other.scopes,
            calls=self.calls + other.calls,
            total_ns=total(self.total_ns, other.total_ns),
        )

    def burst(self) -> Burst:
        """Return it as plain data."""
        return replace(
            self.worst,
            scopes=self.scopes,
            all_calls=self.calls,
            all_ms=milliseconds(self.total_ns),
        )


def badness(burst: Burst) -> tuple[int, int, float, str]:
    """Order bursts by how much they repeat; ties by what does not depend on arrival.

    The name of a transaction may: it tells where the reading of its log began.
    """
    named = replace(burst, scope=replace(burst.scope, transaction=None))
    return burst.calls, burst.distinct_parameters, burst.total_ms or 0.0, repr(named)
