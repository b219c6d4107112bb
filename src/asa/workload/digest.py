"""Records in, one `Workload` out, in bounded memory.

A `Digest` is a monoid: the digest of a log is that of its parts, merged in order, whatever
the parts (times are summed in whole nanoseconds, parameter sets kept by orders that do not
depend on when they came). Scopes open at a part's end travel in its digest. Only the window
of open scopes can overflow; then `Workload.dropped_scopes` says so.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from asa.model.mapping import MappedClass
from asa.model.record import QueryRecord, Scope
from asa.model.workload import Origin, Source, Workload
from asa.sql.fingerprint import fingerprint
from asa.workload.events import Events
from asa.workload.observed import Observed
from asa.workload.query_class import ClassTotals
from asa.workload.scope import OpenScope, Repetition, gathered, scope_key
from asa.workload.tagged import tagged
from asa.workload.timeline import Timeline
from asa.workload.values import digest_of, literals_of

__all__ = ["OPEN_SCOPES", "Digest", "digest"]

OPEN_SCOPES = 4_096
"""Scopes held open at once; the one longest silent is closed first."""

LATEST = 1e11
"""No time of a log is later, in seconds since the epoch; what says so is no time."""

ClassKey = tuple[str, str | None]


class Digest:
    """What is known of the records added so far.

    Attributes:
        records: How many were added.
    """

    def __init__(self, dialect: str | None = None, open_scopes: int = OPEN_SCOPES) -> None:
        self.records = 0
        self.dialect = dialect
        self.open_scopes = open_scopes
        self.classes: dict[ClassKey, ClassTotals] = {}
        self.scopes: dict[tuple[object, ...] | None, OpenScope] = {}
        self.closed: dict[tuple[object, ...], Repetition] = {}
        self.dropped = 0
        self.sources: list[Source] = []
        self.mapped: dict[MappedClass, None] = {}
        self.timeline = Timeline()
        self.observed = Observed()
        self.events = Events()

    def add(self, record: QueryRecord) -> None:
        """Add one record."""
        self.records += 1
        started_at, sql = record.started_at, record.sql
        if started_at is not None and not 0 <= started_at < LATEST:
            started_at = None
            record = record._replace(started_at=None)
        if "/*" in sql:
            record = tagged(record)
        dialect = record.dialect or self.dialect
        mark = fingerprint(sql, dialect)
        values = None if record.parameters is None else digest_of(record.parameters)
        totals = self.classes.get((mark, dialect))
        if totals is None:
            totals = ClassTotals(mark, sql, dialect, truncated=record.truncated)
            self.classes[mark, dialect] = totals
        totals.add(record, values)
        if started_at is not None:
            self.timeline.add(started_at, 1 if record.executions > 0 else 0)
        key = scope_key(record.scope)
        if key is not None and record.executions:
            if not record.parameters:
                values = literals_of(sql)
            self.scope(key, record.scope).add(record, mark, values)
            together = gathered(record.scope)
            if together is not None:
                self.scope(scope_key(together), together).add_gathered(record, mark, values)

    def scope(self, key: tuple[object, ...] | None, told: Scope) -> OpenScope:
        """Return the open scope of a record, as the one heard of last."""
        scope = self.scopes.pop(key, None) or OpenScope(told)
        self.scopes[key] = scope
        self.close_oldest()
        return scope

    def rescope(self, known: Scope, true: Scope | None) -> None:
        """Move what was added under one scope to its true one; None where it has none."""
        scope = self.scopes.pop(scope_key(known), None)
        if scope is not None and true is not None:
            scope.rename(true)
            self.scopes[scope_key(true)] = scope

    def reorigin(self, true: Callable[[Origin], Origin]) -> None:
        """Name the origins of all classes as `true` does."""
        for totals in self.classes.values():
            totals.reorigin(true)

    def close_oldest(self) -> None:
        """Close the scopes longest silent that the window has no room for."""
        while len(self.scopes) > self.open_scopes:
            oldest = self.scopes.pop(next(iter(self.scopes)))
            self.dropped += 1
            close(oldest, self.closed)

    def add_all(self, records: Iterable[QueryRecord]) -> None:
        """Add records in their order."""
        for record in records:
            self.add(record)

    def add_source(self, source: Source, mapped: Iterable[MappedClass] = ()) -> None:
        """Name a log that was read, and the classes that its program maps."""
        self.sources.append(source)
        self.mapped.update(dict.fromkeys(mapped))

    def merge(self, later: "Digest") -> None:
        """Add all that a digest of later records knows; that one is used up."""
        self.records += later.records
        self.dropped += later.dropped
        self.sources += later.sources
        self.mapped.update(later.mapped)
        self.timeline.merge(later.timeline)
        self.observed.merge(later.observed)
        self.events.merge(later.events)
        for key, totals in later.classes.items():
            mine = self.classes.get(key)
            if mine is None:
                self.classes[key] = totals
            else:
                mine.merge(totals)
        for repeated, theirs in later.closed.items():
            merge_repetition(self.closed, repeated, theirs)
        for unit, scope in later.scopes.items():
            earlier = self.scopes.pop(unit, None)
            if earlier is not None:
                earlier.merge(scope)
            self.scopes[unit] = earlier or scope
        self.close_oldest()

    def workload(self) -> Workload:
        """Return the workload of all records added; the digest stays as it is."""
        repetitions = dict(self.closed)
        for scope in self.scopes.values():
            close(scope, repetitions)
        classes = [totals.query_class() for totals in self.classes.values()]
        classes.sort(key=lambda c: (-(c.total_ms or 0), -c.calls, c.fingerprint, c.dialect or ""))
        bursts = [repetition.burst() for repetition in repetitions.values()]
        bursts.sort(key=lambda b: (-b.calls, -b.all_calls, b.fingerprint, repr(b)))
        return Workload(
            classes=tuple(classes),
            bursts=tuple(bursts),
            sources=tuple(self.sources),
            dropped_scopes=self.dropped,
            timeline=self.timeline.intervals(),
            observations=self.observed.observations(),
            events=self.events.events(),
            mapped=tuple(self.mapped),
        )


def close(scope: OpenScope, repetitions: dict[tuple[object, ...], Repetition]) -> None:
    """Add a scope's repetitions to those of other scopes."""
    for key, repetition in scope.repetitions():
        merge_repetition(repetitions, key, repetition)


def merge_repetition(
    repetitions: dict[tuple[object, ...], Repetition],
    key: tuple[object, ...],
    repetition: Repetition,
) -> None:
    """Add one repetition to those with its key."""
    mine = repetitions.get(key)
    repetitions[key] = repetition if mine is None else mine.merged(repetition)


def digest(
    records: Iterable[QueryRecord],
    sources: Iterable[Source] = (),
    *,
    dialect: str | None = None,
) -> Workload:
    """Digest records into a workload.

    Args:
        records: In the order of the log.
        sources: The logs they come from.
        dialect: For records that do not tell.
    """
    whole = Digest(dialect=dialect)
    whole.add_all(records)
    return replace(whole.workload(), sources=tuple(sources))
