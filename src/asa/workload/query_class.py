"""The totals of one query class."""

from collections.abc import Callable
from typing import TypeVar

from asa.model.postgresql_plan import logged_plan
from asa.model.record import CallSite, QueryRecord
from asa.model.statement_statistics import StatementTotals
from asa.model.workload import Origin, QueryClass
from asa.workload.histogram import Histogram
from asa.workload.values import ParameterSets

__all__ = ["ClassTotals", "milliseconds", "nanoseconds", "total"]

SHOWN_CALL_SITES = 20
SHOWN_ORIGINS = 20
MOST_CALL_SITES = 1_000
MOST_ORIGINS = 1_000

Thing = TypeVar("Thing", CallSite, Origin)


def nanoseconds(duration_ms: float | None) -> int:
    """Return a duration as a whole number, which sums alike in any order; -1 for unknown."""
    if duration_ms is None or not 0 <= duration_ms < 1e12:
        return -1
    return round(duration_ms * 1e6)


class ClassTotals:
    """What is known of one class so far.

    The sums are -1 until a first known value. `timed` counts executions whose times are known
    only in sum: the histogram has not got them.
    """

    __slots__ = (
        "call_sites", "calls", "dialect", "errors", "fingerprint", "first_seen", "histogram",
        "last_seen", "max_ns", "min_ns", "origins", "parameter_sets", "plan", "plan_ns", "rows",
        "shown_ns", "sql", "timed", "total_ns", "truncated",
    )  # fmt: skip

    def __init__(
        self, fingerprint: str, sql: str, dialect: str | None, *, truncated: bool = False
    ) -> None:
        self.fingerprint = fingerprint
        self.sql = sql
        self.dialect = dialect
        self.truncated = truncated
        self.calls = 0
        self.errors = 0
        self.timed = 0
        self.plan: str | None = None
        self.plan_ns = -1
        self.total_ns = -1
        self.max_ns = -1
        self.min_ns = -1
        self.shown_ns = -1
        self.rows = -1
        self.first_seen: float | None = None
        self.last_seen: float | None = None
        self.histogram = Histogram()
        self.parameter_sets = ParameterSets()
        self.call_sites: dict[CallSite, int] = {}
        self.origins: dict[Origin, int] = {}

    def add(self, record: QueryRecord, values: bytes | None) -> None:
        """Add one record; `values` is the hash of its parameters."""
        sent = 1 if record.executions > 0 else 0
        self.calls += sent
        duration = nanoseconds(record.duration_ms)
        if duration >= self.shown_ns or record.truncated is not self.truncated:
            self.show(record.sql, duration, truncated=record.truncated)
        if duration >= 0:
            self.add_time(duration, sent)
        if record.rows is not None:
            self.rows = total(self.rows, max(record.rows, -1))
        if record.error is not None:
            self.errors += sent
        elif values is not None and record.executions == 1:
            self.parameter_sets.add(values, duration, record.parameters)
        if record.started_at is not None:
            self.see(record.started_at, record.started_at)
        if record.plan is not None:
            self.keep_plan(record.plan, duration)
        if record.call_site is not None:
            count(self.call_sites, record.call_site, sent, MOST_CALL_SITES)
        origin = (record.user, record.database, record.application)
        count(self.origins, origin, sent, MOST_ORIGINS)

    def keep_plan(self, plan: str, duration_ns: int) -> None:
        """Keep the plan of the slowest execution; of two as slow, the same one in any order."""
        if self.plan is None or (duration_ns, plan) > (self.plan_ns, self.plan):
            self.plan, self.plan_ns = plan, duration_ns

    def add_time(self, duration_ns: int, sent: int) -> None:
        """Add the time of a statement, or a further part of the time of one sent before."""
        self.total_ns = duration_ns if self.total_ns < 0 else self.total_ns + duration_ns
        if duration_ns > self.max_ns:
            self.max_ns = duration_ns
        if sent:
            if not 0 <= self.min_ns <= duration_ns:
                self.min_ns = duration_ns
            self.histogram.add(duration_ns)

    def add_totals(self, totals: StatementTotals, database: str) -> None:
        """Add executions that a server counted."""
        self.calls += totals.calls
        self.errors += totals.errors
        self.timed += totals.calls
        self.total_ns = total(self.total_ns, nanoseconds(totals.total_ms))
        self.max_ns = max(self.max_ns, nanoseconds(totals.max_ms))
        self.rows = total(self.rows, -1 if totals.rows is None else totals.rows)
        if totals.first_seen is not None and totals.last_seen is not None:
            self.see(totals.first_seen, totals.last_seen)
        count(self.origins, (totals.user, database, None), totals.calls, MOST_ORIGINS)

    def show(self, sql: str, duration_ns: int, *, truncated: bool) -> None:
        """Let a statement stand for the class where it does so better than the one known.

        A whole one does, then the slower, then the shorter: whatever the order of arrival.
        """
        if truncated is self.truncated:
            if duration_ns < self.shown_ns:
                return
            if duration_ns == self.shown_ns and (len(sql), sql) >= (len(self.sql), self.sql):
                return
        elif truncated:
            return
        self.sql, self.shown_ns, self.truncated = sql, duration_ns, truncated

    def see(self, first: float, last: float) -> None:
        """Widen the time in which the class was seen."""
        if self.first_seen is None or first < self.first_seen:
            self.first_seen = first
        if self.last_seen is None or last > self.last_seen:
            self.last_seen = last

    def merge(self, later: "ClassTotals") -> None:
        """Add the totals of later records."""
        self.show(later.sql, later.shown_ns, truncated=later.truncated)
        self.calls += later.calls
        self.errors += later.errors
        self.timed += later.timed
        if later.plan is not None:
            self.keep_plan(later.plan, later.plan_ns)
        self.total_ns = total(self.total_ns, later.total_ns)
        self.max_ns = max(self.max_ns, later.max_ns)
        if later.min_ns >= 0 and not 0 <= self.min_ns <= later.min_ns:
            self.min_ns = later.min_ns
        self.rows = total(self.rows, later.rows)
        self.histogram.merge(later.histogram)
        self.parameter_sets.merge(later.parameter_sets)
        if later.first_seen is not None and later.last_seen is not None:
            self.see(later.first_seen, later.last_seen)
        for site, calls in later.call_sites.items():
            count(self.call_sites, site, calls, MOST_CALL_SITES)
        for origin, calls in later.origins.items():
            count(self.origins, origin, calls, MOST_ORIGINS)

    def reorigin(self, true: Callable[[Origin], Origin]) -> None:
        """Name the origins as `true` does."""
        told, self.origins = self.origins, {}
        for origin, calls in told.items():
            count(self.origins, true(origin), calls, MOST_ORIGINS)

    def query_class(self) -> QueryClass:
        """Return the totals as plain data."""
        sites = sorted(
            self.call_sites.items(), key=lambda item: (-item[1], str(item[0]), item[0].function)
        )
        known = (item for item in self.origins.items() if any(item[0]))
        origins = sorted(known, key=lambda item: (-item[1], repr(item[0])))
        return QueryClass(
            fingerprint=self.fingerprint,
            sql=self.sql,
            dialect=self.dialect,
            calls=self.calls,
            total_ms=milliseconds(self.total_ns),
            min_ms=milliseconds(self.min_ns),
            max_ms=milliseconds(self.max_ns),
            rows=None if self.rows < 0 else self.rows,
            parameter_sets=self.parameter_sets.sets(),
            call_sites=tuple(sites[:SHOWN_CALL_SITES]),
            truncated=self.truncated,
            timed=self.timed + sum(self.histogram.counts.values()),
            plan=None if self.plan is None else logged_plan(self.plan),
            errors=self.errors,
            p50_ms=self.quantile_ms(0.50),
            p95_ms=self.quantile_ms(0.95),
            p99_ms=self.quantile_ms(0.99),
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            origins=tuple(origins[:SHOWN_ORIGINS]),
        )

    def quantile_ms(self, share: float) -> float | None:
        """Return a percentile, never outside of the shortest and longest known times."""
        found = self.histogram.quantile(share)
        return None if found is None else min(max(found, self.min_ns), self.max_ns) / 1e6


def count(known: dict[Thing, int], thing: Thing, calls: int, most: int) -> None:
    """Count calls of one thing; where there are very many, the first ones are kept."""
    if thing in known:
        known[thing] += calls
    elif len(known) < most:
        known[thing] = calls


def total(known: int, more: int) -> int:
    """Add two numbers of which -1 is unknown."""
    if more < 0:
        return known
    return more if known < 0 else known + more


def milliseconds(duration_ns: int) -> float | None:
    """Return a whole number of nanoseconds in milliseconds; None for unknown."""
    return None if duration_ns < 0 else duration_ns / 1e6
