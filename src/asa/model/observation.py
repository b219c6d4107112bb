"""What a capture saw beside queries: how connections were held, and what could not load.

Each fact is one event in the program. A `Workload` holds them as observations, one for each
place in the program, with the worst event there, their number and their time.
"""

from dataclasses import dataclass

from .record import CallSite, Scope

__all__ = [
    "Fact",
    "Observation",
    "PoolWait",
    "SharedSession",
    "TransactionUse",
    "UnloadedAttribute",
    "UnreturnedConnection",
]


@dataclass(frozen=True, slots=True)
class PoolWait:
    """A checkout found every connection of its pool in use, and waited for one.

    Attributes:
        scope: Process, task and label that waited.
        call_site: The user's line that asked for a connection.
        database: Name (not URL) of the database.
        wait_ms: How long it waited.
        timed_out: Whether it waited in vain (`sqlalchemy.exc.TimeoutError`).
        size: The pool's `pool_size`.
        overflow: The pool's `max_overflow`.
    """

    scope: Scope
    call_site: CallSite | None
    database: str | None
    wait_ms: float
    timed_out: bool
    size: int
    overflow: int

    @property
    def ms(self) -> float:
        """What makes one such event worse than another, in milliseconds."""
        return self.wait_ms

    @property
    def place(self) -> tuple[object, ...]:
        """What is the same for events that are the same thing."""
        return (self.call_site, self.database, self.timed_out)


@dataclass(frozen=True, slots=True)
class TransactionUse:
    """A transaction that was open for a while without a query running in it.

    Transactions that idled for less than a millisecond in all are not told. What the program
    does with the rows of one query before it sends the next is idle time too, and so is
    waiting for a streamed result.

    Attributes:
        scope: Session, transaction, task and label.
        database: Name (not URL) of the database.
        started_at: Seconds since the epoch, UTC.
        duration_ms: From its begin to its commit or rollback.
        queries: Statements sent in it.
        queries_ms: Their time; the rest of `duration_ms` is idle.
        longest_ms: The longest time without a query.
        after: The line whose query came before that time; None where none did.
        before: The line whose query ended that time; None where the transaction's end did.
        ended: `commit` or `rollback`.
    """

    scope: Scope
    database: str | None
    started_at: float
    duration_ms: float
    queries: int
    queries_ms: float
    longest_ms: float
    after: CallSite | None
    before: CallSite | None
    ended: str

    @property
    def ms(self) -> float:
        """What makes one such event worse than another, in milliseconds."""
        return self.longest_ms

    @property
    def place(self) -> tuple[object, ...]:
        """What is the same for events that are the same thing."""
        return (self.after, self.before, self.database)


@dataclass(frozen=True, slots=True)
class UnreturnedConnection:
    """A connection that its pool never got back from the program.

    Attributes:
        scope: Process, task and label that took it.
        call_site: The user's line that took it out of the pool.
        database: Name (not URL) of the database.
        held_ms: From there until it was collected, or until the capture ended.
        collected: Whether the garbage collector had to clean it up; else it was still out
            when the process or the capture ended, as a session kept for the whole run is.
    """

    scope: Scope
    call_site: CallSite | None
    database: str | None
    held_ms: float
    collected: bool

    @property
    def ms(self) -> float:
        """What makes one such event worse than another, in milliseconds."""
        return self.held_ms

    @property
    def place(self) -> tuple[object, ...]:
        """What is the same for events that are the same thing."""
        return (self.call_site, self.database, self.collected)


@dataclass(frozen=True, slots=True)
class UnloadedAttribute:
    """An attribute was touched that was not loaded, and its entity had no session any more.

    SQLAlchemy tells nobody of it but the program, so it is seen where an exception ends a
    test or the process.

    Attributes:
        scope: Process, task and label.
        error: Class name of the exception: `DetachedInstanceError`.
        path: Dotted steps from the entity first loaded to what was touched, as in
            `RelationshipLoad`.
        touched: The user's line that touched it.
        origin: The line that loaded the entity; None where it was not seen.
        collections: For each step of the path, whether it holds a collection; empty where
            that is not known.
    """

    scope: Scope
    error: str
    path: tuple[str, ...]
    touched: CallSite | None
    origin: CallSite | None
    collections: tuple[bool, ...] = ()

    @property
    def ms(self) -> float:
        """Nothing: it takes no time."""
        return 0.0

    @property
    def place(self) -> tuple[object, ...]:
        """What is the same for events that are the same thing."""
        return (self.error, self.path, self.touched, self.origin)


@dataclass(frozen=True, slots=True)
class SharedSession:
    """Two tasks took turns in one session, or their queries overlapped.

    Attributes:
        scope: Process, session, and the task that came behind.
        call_site: Its line.
        other: The line of the task before.
    """

    scope: Scope
    call_site: CallSite | None
    other: CallSite | None

    @property
    def ms(self) -> float:
        """Nothing: it takes no time."""
        return 0.0

    @property
    def place(self) -> tuple[object, ...]:
        """What is the same for events that are the same thing, whichever task came first."""
        return tuple(sorted((str(self.call_site), str(self.other))))


Fact = PoolWait | SharedSession | TransactionUse | UnreturnedConnection | UnloadedAttribute


@dataclass(frozen=True, slots=True)
class Observation:
    """The same kind of event at the same place in the program.

    Attributes:
        worst: The event with the most `ms`.
        times: How many there were.
        total_ms: The `ms` of all together.
    """

    worst: Fact
    times: int
    total_ms: float
