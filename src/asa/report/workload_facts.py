"""What a workload says in sum, in words that every format shares."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from enum import Enum

from asa.model.workload import QueryClass, ServerEvent, Workload
from asa.report.counts import counted

__all__ = ["Order", "clock", "event_rows", "ordered", "origin_shares", "overall", "span", "weight"]

MOST_ROWS = 5
SIZES = ("bytes", "KB", "MB", "GB", "TB")
ORIGINS = ("user", "database", "application")


class Order(str, Enum):
    """What query classes are ordered by, the greatest first."""

    TOTAL = "total"
    MEAN = "mean"
    P95 = "p95"
    MAX = "max"
    CALLS = "calls"


def ordered(workload: Workload, order: Order) -> list[QueryClass]:
    """Return the classes in an order; those without the number it goes by come last."""
    return sorted(workload.classes, key=lambda c: -weight(c, order))


def weight(query_class: QueryClass, order: Order) -> float:
    """Return the number that an order goes by; -1 for unknown."""
    found = {
        Order.TOTAL: query_class.total_ms,
        Order.MEAN: query_class.mean_ms,
        Order.P95: query_class.p95_ms,
        Order.MAX: query_class.max_ms,
        Order.CALLS: float(query_class.calls),
    }[order]
    return -1.0 if found is None else found


def overall(workload: Workload) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of what holds for all classes together."""
    seconds = workload_seconds(workload)
    if seconds:
        first, last = span(workload)
        yield "time", f"{clock(first)} to {clock(last)} UTC"
        yield "rate", f"{workload.calls / seconds:,.1f} queries a second over {lasting(seconds)}"
    times = [c.total_ms for c in workload.classes if c.total_ms is not None]
    if times:
        total_s = sum(times) / 1000
        load = f", {total_s / seconds:.2f} at once on average" if seconds else ""
        yield "load", f"{lasting(total_s)} of query time{load}"


def span(workload: Workload) -> tuple[float, float]:
    """Return when the first statement began and when the last did; the same without times."""
    firsts = [c.first_seen for c in workload.classes if c.first_seen is not None]
    lasts = [c.last_seen for c in workload.classes if c.last_seen is not None]
    return min(firsts, default=0.0), max(lasts, default=0.0)


def workload_seconds(workload: Workload) -> float:
    """Return how long the logs last; 0 where they do not tell."""
    first, last = span(workload)
    return last - first


def origin_shares(workload: Workload) -> Iterator[tuple[str, list[tuple[str, int, float]]]]:
    """Yield (`user`, ...; [(name, calls, share of all calls)]) of what several names are told of.

    Calls whose name the log does not tell are left out.
    """
    for place, kind in enumerate(ORIGINS):
        calls: Counter[str] = Counter()
        for query_class in workload.classes:
            for origin, number in query_class.origins:
                if origin[place]:
                    calls[str(origin[place])] += number
        if len(calls) > 1:
            whole = max(workload.calls, 1)
            yield kind, [(name, n, n / whole) for name, n in calls.most_common(MOST_ROWS)]


def event_rows(workload: Workload) -> Iterator[tuple[str, int, str]]:
    """Yield (kind, times, text) of what servers' logs tell beside statements."""
    shown: Counter[str] = Counter()
    for event in workload.events:
        shown[event.kind] += 1
        if shown[event.kind] <= MOST_ROWS:
            yield event.kind, event.times, event_text(event)
    for kind, number in shown.items():
        if number > MOST_ROWS:
            yield kind, number - MOST_ROWS, "further kinds"


def event_text(event: ServerEvent) -> str:
    """Return what an event's row says behind its number."""
    if event.kind == "temporary file":
        return f"{size(event.total)} in all, the largest {size(event.greatest)}"
    if not event.greatest:
        return event.text
    spent = f"{lasting(event.total / 1000)} in all, the longest {lasting(event.greatest / 1000)}"
    return f"{event.text}, {spent}" if event.text else spent


def size(number: float) -> str:
    """Return a number of bytes as shown: `1.5 GB`."""
    unit = 0
    while number >= 1000 and unit < len(SIZES) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.0f} {SIZES[unit]}" if unit == 0 else f"{number:.1f} {SIZES[unit]}"


def lasting(seconds: float) -> str:
    """Return a long time as shown: `0.4 s`, `20 min 50 s`, `2 h 5 min`, `3 days 4 h`."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 120:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{counted(hours // 24, 'day')} {hours % 24} h"


def clock(moment: float) -> str:
    """Return a time to the second, as `2026-11-22 10:00:00`."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
