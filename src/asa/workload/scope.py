"""Repetitions within one scope: what one line of a program asked again and again.

A scope is one natural unit of work: in one process and task, under one label (a test, a
route), one ORM session; without a session, one transaction; without either, the labelled
task. So an explicit query per row in one session falls into one scope, and two requests
never do. Tasks that are gathered are a scope more, whatever sessions they open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from asa.model.record import CallSite, QueryRecord, RelationshipLoad, Scope
from asa.model.workload import Burst
from asa.workload.query_class import milliseconds, nanoseconds, total

__all__ = ["OpenScope", "Repetition", "gathered", "scope_key"]

MOST_DISTINCT = 256
MOST_RUNS = 2_000
MOST_EARLIER = 200
MOST_TRANSACTIONS = 64
MOST_CHAINS = 64
MOST_CLASSES = 8
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE")


def scope_key(scope: Scope) -> tuple[object, ...] | None:
    """Return what identifies a scope; None where the log tells too little to know one."""
    if scope.gather is not None and scope.session is None:
        return (scope.process, None, scope.label, "gather", scope.gather)
    unit = ("session", scope.session) if scope.session else ("transaction", scope.transaction)
    if unit[1] is None and scope.task is None and scope.label is None:
        return None
    return (scope.process, scope.task, scope.label, *unit)


def gathered(scope: Scope) -> Scope | None:
    """Return the scope of all tasks that are gathered with that of a scope."""
    if scope.gather is None or scope.session is None:
        return None
    return Scope(process=scope.process, label=scope.label, gather=scope.gather)


RunKey = tuple[str, CallSite | None, RelationshipLoad | None, str | None]


Callers = tuple[CallSite, ...]


class Run:
    """One class run by one line in one scope.

    Attributes:
        first: Its place among the scope's statements.
        distinct: The smallest hashes of its parameter sets, and some that are less small.
        largest: Hashes above this one need not be known; None while all are.
        written: How many statements of the scope had written before its first one, and
            before its last.
        seen_at: When its first one began, and its last; None where no time is known.
        transactions: Some of the transactions that it ran in.
        chains: How many came by each way to the line; of the first ways.
    """

    __slots__ = (
        "calls", "chains", "distinct", "first", "largest", "seen_at", "total_ns", "transactions",
        "written",
    )  # fmt: skip

    def __init__(self, first: int) -> None:
        self.first = first
        self.calls = 0
        self.total_ns = -1
        self.distinct: set[bytes] = set()
        self.largest: bytes | None = None
        self.written: tuple[int, int] | None = None
        self.seen_at: tuple[float, float] | None = None
        self.transactions: set[str] = set()
        self.chains: dict[Callers, int] = {}

    def add(self, record: QueryRecord, values: bytes | None, written: int) -> None:
        """Add one statement, before which `written` others had written."""
        self.calls += 1
        self.lead(record.callers, 1)
        self.total_ns = total(self.total_ns, nanoseconds(record.duration_ms))
        self.written = (self.written[0] if self.written else written, written)
        if record.started_at is not None:
            self.seen_at = widened(self.seen_at, (record.started_at, record.started_at))
        transaction = record.scope.transaction
        if transaction is not None and transaction not in self.transactions:
            self.transactions.add(transaction)
            self.bound()
        if values is not None and (self.largest is None or values < self.largest):
            self.distinct.add(values)
            self.bound()

    def lead(self, callers: Callers, times: int) -> None:
        """Count a way to the line."""
        if callers in self.chains or len(self.chains) < MOST_CHAINS:
            self.chains[callers] = self.chains.get(callers, 0) + times

    def bound(self) -> None:
        """Keep the smallest hashes and names only."""
        if len(self.distinct) >= 2 * MOST_DISTINCT:
            smallest = sorted(self.distinct)[:MOST_DISTINCT]
            self.distinct, self.largest = set(smallest), smallest[-1]
        while len(self.transactions) > MOST_TRANSACTIONS:
            self.transactions.remove(max(self.transactions))

    def merge(self, later: "Run", written: int) -> None:
        """Add what came later in the scope, which had written `written` times until then."""
        self.calls += later.calls
        self.total_ns = total(self.total_ns, later.total_ns)
        for callers, times in later.chains.items():
            self.lead(callers, times)
        self.distinct |= later.distinct
        self.transactions |= later.transactions
        if later.written is not None:
            first, last = later.written[0] + written, later.written[1] + written
            self.written = (self.written[0] if self.written else first, last)
        if later.seen_at is not None:
            self.seen_at = widened(self.seen_at, later.seen_at)
        self.bound()


def widened(known: tuple[float, float] | None, more: tuple[float, float]) -> tuple[float, float]:
    """Return the time that two spans cover."""
    return more if known is None else (min(known[0], more[0]), max(known[1], more[1]))


class OpenScope:
    """The statements of one scope so far.

    Attributes:
        scope: As its first record told it.
        sent: How many statements it sent.
        writes: How many of them wrote.
        runs: Its classes and lines.
        returned: The classes and lines that returned rows, each with its first place.
        units: Of gathered tasks, some classes that each one's session sent.
    """

    __slots__ = ("returned", "runs", "scope", "sent", "units", "writes")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.sent = 0
        self.writes = 0
        self.runs: dict[RunKey, Run] = {}
        self.returned: dict[tuple[str, CallSite | None], int] = {}
        self.units: dict[str, set[str]] = {}

    def add_gathered(self, record: QueryRecord, mark: str, values: bytes | None) -> None:
        """Add one record of one of the tasks that this scope gathers.

        What the ORM sends for a relationship has its parents in the task's own session; and
        each task writes and commits what is its own.
        """
        unit = f"{record.scope.task} {record.scope.session}"
        if unit in self.units or len(self.units) < MOST_RUNS:
            classes = self.units.setdefault(unit, set())
            if len(classes) < MOST_CLASSES:
                classes.add(mark)
        if record.load is None and mark.startswith("SELECT"):
            self.add(record, mark, values)

    def is_single(self, mark: str) -> bool:
        """Tell whether each gathered task that sent a class sent nothing else.

        One that sends several is a unit of work by itself, as a request is.
        """
        return all(len(classes) == 1 for classes in self.units.values() if mark in classes)

    def add(self, record: QueryRecord, mark: str, values: bytes | None) -> None:
        """Add one record of the class `mark`."""
        key = (mark, record.call_site, record.load, record.entity)
        run = self.runs.get(key)
        # An executemany is a batch already: however often it comes, nothing goes row by row.
        single = record.executions == 1 and not record.batch
        if run is None and single and len(self.runs) < MOST_RUNS:
            run = self.runs[key] = Run(self.sent)
        if run is not None and single:
            run.add(record, values, self.writes)
        origin = (mark, record.call_site)
        if record.rows != 0 and returns_rows(mark) and len(self.returned) < MOST_EARLIER:
            self.returned.setdefault(origin, self.sent)
        self.sent += 1
        self.writes += mark.startswith(WRITES)

    def rename(self, scope: Scope) -> None:
        """Take another scope for that of all its statements."""
        self.scope = scope
        for run in self.runs.values():
            run.transactions = set() if scope.transaction is None else {scope.transaction}

    def merge(self, later: "OpenScope") -> None:
        """Add what the same scope did later."""
        for key, theirs in later.runs.items():
            mine = self.runs.get(key)
            if mine is None and len(self.runs) < MOST_RUNS:
                mine = self.runs[key] = Run(self.sent + theirs.first)
            if mine is not None:
                mine.merge(theirs, self.writes)
        for unit, classes in later.units.items():
            if unit in self.units or len(self.units) < MOST_RUNS:
                self.units.setdefault(unit, set()).update(classes)
        for origin, place in later.returned.items():
            if len(self.returned) < MOST_EARLIER:
                self.returned.setdefault(origin, self.sent + place)
        self.sent += later.sent
        self.writes += later.writes

    def repetitions(self) -> Iterator[tuple[RunKey, "Repetition"]]:
        """Yield what was run at least twice, and what failed for want of an await."""
        for key, run in self.runs.items():
            load = key[2]
            if self.units and not self.is_single(key[0]):
                continue
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
            distinct_parameters=min(len(run.distinct), MOST_DISTINCT),
            total_ms=milliseconds(run.total_ns),
            call_site=call_site,
            load=load,
            entity=entity,
            chains=tuple(sorted(run.chains.items(), key=often)),
            earlier=tuple(origin for origin, place in self.returned.items() if place < run.first),
            span_ms=None if run.seen_at is None else (run.seen_at[1] - run.seen_at[0]) * 1000,
            writes_between=run.written[1] - run.written[0] if run.written else 0,
            transactions=len(run.transactions),
        )


def often(chain: tuple[Callers, int]) -> tuple[int, str]:
    """Order ways by how often they were gone, falling."""
    return -chain[1], repr(chain[0])


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
