"""What a query log holds: its query classes and the scopes in which they ran."""

from dataclasses import dataclass

from asa.model.finding import Proof
from asa.model.mapping import MappedClass
from asa.model.observation import Observation
from asa.model.plan import Plan
from asa.model.record import CallSite, Parameters, RelationshipLoad, Scope

__all__ = [
    "Burst",
    "Origin",
    "ParameterSet",
    "QueryClass",
    "ServerEvent",
    "Source",
    "UnreadLoad",
    "Workload",
]

Origin = tuple[str | None, str | None, str | None]
"""User, database and application of an execution."""


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """Values of one real execution, with its time."""

    parameters: Parameters
    duration_ms: float | None = None


@dataclass(frozen=True, slots=True)
class QueryClass:
    """All executions of one fingerprint.

    Attributes:
        fingerprint: The statement with its literals and lists replaced.
        sql: One real statement of the class, the slowest; the shortest where no time is known.
        dialect: None where the log does not tell.
        calls: Statements sent; an executemany is one.
        total_ms: Sum of the known durations; None where none is known.
        max_ms: Longest known duration; None where none is known.
        min_ms: Shortest known duration of one statement; None where none is known.
        rows: Sum of the known rows; None where none is known.
        parameter_sets: A bounded number of real ones, the slowest first.
        call_sites: The user's lines that ran it, most frequent first, with their calls.
        truncated: Whether the log cut the statement off.
        timed: Executions whose duration is known.
        plan: That of its slowest execution whose plan the server logged; None without one.
        errors: Executions that ended with an error.
        p50_ms: Median of the known durations, like the two that follow within 1 %; None where
            none is known.
        p95_ms: What 95 % of them did not exceed.
        p99_ms: What 99 % of them did not exceed.
        first_seen: When the earliest execution began, seconds since the epoch; None where
            no time is known.
        last_seen: When the latest began.
        origins: (user, database, application) with their calls, most frequent first; None
            for each that the log does not tell.
    """

    fingerprint: str
    sql: str
    dialect: str | None
    calls: int
    total_ms: float | None = None
    max_ms: float | None = None
    rows: int | None = None
    parameter_sets: tuple[ParameterSet, ...] = ()
    call_sites: tuple[tuple[CallSite, int], ...] = ()
    truncated: bool = False
    timed: int = 0
    plan: Plan | None = None
    errors: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    first_seen: float | None = None
    last_seen: float | None = None
    origins: tuple[tuple[Origin, int], ...] = ()
    min_ms: float | None = None

    @property
    def mean_ms(self) -> float | None:
        """Mean of the durations; None where none is known."""
        return None if self.total_ms is None else self.total_ms / max(self.timed, 1)


@dataclass(frozen=True, slots=True)
class Burst:
    """One query class that one line of the program ran at least twice in one scope.

    A load that could not be sent, since nothing awaited it, is one from the first time on.

    The same repetition in other scopes (other requests, other tests) is the same burst:
    it shows the scope that repeated it most, and says how many there were.

    Attributes:
        fingerprint: The query class.
        scope: Where it repeated most; session, transaction and task as first seen there.
        calls: Statements sent in that scope; an executemany is one.
        distinct_parameters: How many different parameter sets those had, counted up to 256.
        total_ms: Sum of the known durations in that scope; None where none is known.
        call_site: The user's line; None where the log has none.
        load: The ORM's own facts; None for statements that the user wrote.
        entity: Name of the mapped class loaded by a top-level ORM statement.
        earlier: Fingerprints that returned rows in the scope before the burst began, in
            order, each with the line that ran it: where its parents may come from.
        span_ms: From the beginning of its first statement in that scope to that of its last;
            None where no time is known.
        writes_between: How many statements of that scope wrote between those two.
        transactions: In how many transactions of that scope it ran, counted up to 64; 0 where
            none is known.
        scopes: In how many scopes the line repeated the class.
        all_calls: Statements sent in all of those scopes.
        all_ms: Sum of the known durations in all of those scopes; None where none is known.
        chains: The ways to the call site, the most frequent first, each with its calls: the
            user's lines from the inner, as far as one that loops; none where the call site
            itself does.
    """

    fingerprint: str
    scope: Scope
    calls: int
    distinct_parameters: int
    total_ms: float | None = None
    call_site: CallSite | None = None
    load: RelationshipLoad | None = None
    entity: str | None = None
    earlier: tuple[tuple[str, CallSite | None], ...] = ()
    span_ms: float | None = None
    writes_between: int = 0
    transactions: int = 0
    scopes: int = 1
    all_calls: int = 0
    all_ms: float | None = None
    chains: tuple[tuple[tuple[CallSite, ...], int], ...] = ()

    @property
    def repeated_at(self) -> CallSite | None:
        """The line that repeats it: the loop that most calls came from, else the call site."""
        callers = self.chains[0][0] if self.chains else ()
        return callers[-1] if callers and callers[-1].loops else self.call_site

    @property
    def calls_alike(self) -> int:
        """Statements of `calls` that came by the way that most came by."""
        return self.chains[0][1] if self.chains else self.calls


@dataclass(frozen=True, slots=True)
class UnreadLoad:
    """A relationship that a line loads eagerly, and that nothing read in a rerun.

    Attributes:
        path: Dotted steps from the entity that the line loads to the relationship.
        strategy: `selectin`, `subquery` or `joined`.
        origin: The line.
        queries: Sent for it in the recording, in all; 0 where it is joined.
        total_ms: Their time.
        proof: What the rerun under `raiseload` showed.
    """

    path: tuple[str, ...]
    strategy: str
    origin: CallSite
    queries: int
    total_ms: float
    proof: Proof


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """What a server's log tells beside statements, all of one kind and text.

    Attributes:
        kind: `error`, `temporary file`, `lock wait` or `checkpoint`.
        text: Of an error its message, without values; of a lock wait the lock's mode.
        times: How often.
        total: Bytes of temporary files, milliseconds of the others; 0 for errors.
        greatest: Of one of them.
    """

    kind: str
    text: str
    times: int
    total: float = 0.0
    greatest: float = 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a workload was read.

    Attributes:
        name: File name as given, or the live view.
        format: `capture`, `sql`, ...; empty where the file held no query.
        command: The captured command line, where known.
        unreadable: (file, line, reason) of the first entries that could not be read.
        unreadable_count: How many could not be read in all.
        since: Since when a server counted, seconds since the epoch; None for a log.
        evicted: How many statements it dropped for want of room; None where not told.
    """

    name: str
    format: str
    command: str | None = None
    unreadable: tuple[tuple[str, int, str], ...] = ()
    unreadable_count: int = 0
    since: float | None = None
    evicted: int | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """The query classes of one or several logs.

    Attributes:
        classes: Ordered by total time, then calls, falling.
        bursts: Repetitions within one scope, for the N+1 rules; the longest first.
        sources: The logs read.
        dropped_scopes: Scopes closed early because too many were open at once; a
            repetition across such an end may have been missed.
        timeline: (beginning in seconds since the epoch, calls) of intervals of one width, in
            order; those without calls are left out.
        observations: What a capture saw beside queries: waits for the pool, idle
            transactions, connections never returned, attributes of detached entities; what
            took longest first.
        mapped: The classes that the captured programs map, with their relationships.
        events: What servers' logs tell beside statements: by kind, the most frequent first.
        unread: What a rerun showed to be loaded eagerly for nothing.
    """

    classes: tuple[QueryClass, ...]
    bursts: tuple[Burst, ...] = ()
    sources: tuple[Source, ...] = ()
    dropped_scopes: int = 0
    timeline: tuple[tuple[float, int], ...] = ()
    observations: tuple[Observation, ...] = ()
    mapped: tuple[MappedClass, ...] = ()
    events: tuple[ServerEvent, ...] = ()
    unread: tuple[UnreadLoad, ...] = ()

    @property
    def calls(self) -> int:
        """Statements sent in all."""
        return sum(query_class.calls for query_class in self.classes)
