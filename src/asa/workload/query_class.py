"""The totals of one query class."""

from asa.model.record import CallSite, QueryRecord
from asa.model.workload import QueryClass
from asa.workload.values import ParameterSets

__all__ = ["ClassTotals", "milliseconds", "nanoseconds", "total"]

SHOWN_CALL_SITES = 20
MOST_CALL_SITES = 1_000


def nanoseconds(duration_ms: float | None) -> int:
    """Return a duration as a whole number, which sums alike in any order; -1 for unknown."""
    if duration_ms is None or not 0 <= duration_ms < 1e12:
        return -1
    return round(duration_ms * 1e6)


class ClassTotals:
    """What is known of one class so far.

    The sums are -1 until a first known value.
    """

    __slots__ = (
        "call_sites", "calls", "dialect", "fingerprint", "max_ns", "parameter_sets", "rows", "sql",
        "total_ns",
    )  # fmt: skip

    def __init__(self, fingerprint: str, sql: str, dialect: str | None) -> None:
        self.fingerprint = fingerprint
        self.sql = sql
        self.dialect = dialect
        self.calls = 0
        self.total_ns = -1
        self.max_ns = -1
        self.rows = -1
        self.parameter_sets = ParameterSets()
        self.call_sites: dict[CallSite, int] = {}

    def add(self, record: QueryRecord, values: bytes | None) -> None:
        """Add one record; `values` is the hash of its parameters."""
        self.calls += record.executions
        duration = nanoseconds(record.duration_ms)
        self.total_ns = total(self.total_ns, duration)
        self.max_ns = max(self.max_ns, duration)
        self.rows = total(self.rows, -1 if record.rows is None else max(record.rows, -1))
        if values is not None and record.executions == 1 and record.error is None:
            self.parameter_sets.add(values, duration, record.parameters)
        if record.call_site is not None:
            self.count(record.call_site, record.executions)

    def count(self, site: CallSite, calls: int) -> None:
        """Count calls of one line; a program with very many lines keeps the first ones."""
        if site in self.call_sites or len(self.call_sites) < MOST_CALL_SITES:
            self.call_sites[site] = self.call_sites.get(site, 0) + calls

    def merge(self, later: "ClassTotals") -> None:
        """Add the totals of later records."""
        self.calls += later.calls
        self.total_ns = total(self.total_ns, later.total_ns)
        self.max_ns = max(self.max_ns, later.max_ns)
        self.rows = total(self.rows, later.rows)
        self.parameter_sets.merge(later.parameter_sets)
        for site, calls in later.call_sites.items():
            self.count(site, calls)

    def query_class(self) -> QueryClass:
        """Return the totals as plain data."""
        sites = sorted(
            self.call_sites.items(), key=lambda item: (-item[1], str(item[0]), item[0].function)
        )
        return QueryClass(
            fingerprint=self.fingerprint,
            sql=self.sql,
            dialect=self.dialect,
            calls=self.calls,
            total_ms=milliseconds(self.total_ns),
            max_ms=milliseconds(self.max_ns),
            rows=None if self.rows < 0 else self.rows,
            parameter_sets=self.parameter_sets.sets(),
            call_sites=tuple(sites[:SHOWN_CALL_SITES]),
        )


def total(known: int, more: int) -> int:
    """Add two numbers of which -1 is unknown."""
    if more < 0:
        return known
    return more if known < 0 else known + more


def milliseconds(duration_ns: int) -> float | None:
    """Return a whole number of nanoseconds in milliseconds; None for unknown."""
    return None if duration_ns < 0 else duration_ns / 1e6
