"""A workload on the terminal, at 80 columns: what costs most, is slowest, is asked most."""

from collections.abc import Sequence
from datetime import datetime, timezone
from enum import Enum

from rich.console import Console
from rich.text import Text

from asa.model.workload import QueryClass, Source, Workload
from asa.report.counts import counted
from asa.report.terminal.style import Symbol, encodes, line, milliseconds
from asa.sql.shown import shortened

__all__ = ["Order", "ordered", "print_unread", "print_workload"]

WIDTH = 80
SQL_WIDTH = 72
SQL_LINES = 2
BAR = 12
BLOCKS = "▁▂▃▄▅▆▇█"
FURTHER = 3


class Order(str, Enum):
    """What query classes are ordered by, the greatest first."""

    TOTAL = "total"
    MEAN = "mean"
    P95 = "p95"
    CALLS = "calls"


TITLES = {
    Order.TOTAL: "total time",
    Order.MEAN: "mean time",
    Order.P95: "95th percentile",
    Order.CALLS: "calls",
}


def ordered(workload: Workload, order: Order) -> list[QueryClass]:
    """Return the classes in an order; those without the number it goes by come last."""
    return sorted(workload.classes, key=lambda c: -weight(c, order))


def weight(query_class: QueryClass, order: Order) -> float:
    """Return the number that an order goes by; -1 for unknown."""
    found = {
        Order.TOTAL: query_class.total_ms,
        Order.MEAN: query_class.mean_ms,
        Order.P95: query_class.p95_ms,
        Order.CALLS: float(query_class.calls),
    }[order]
    return -1.0 if found is None else found


def print_workload(
    console: Console,
    workload: Workload,
    *,
    top: int = 10,
    order: Order = Order.TOTAL,
    verbose: bool = False,
) -> None:
    """Print the heaviest classes, a time line, and what could not be read."""
    timed = any(c.total_ms is not None for c in workload.classes)
    if not timed:
        order = Order.CALLS
    for text in time_line(console, workload):
        console.print(text)
    print_table(console, workload, order, top)
    if timed and order is Order.TOTAL:
        for further in (Order.MEAN, Order.CALLS):
            if ordered(workload, further)[:FURTHER] != ordered(workload, order)[:FURTHER]:
                print_table(console, workload, further, min(top, FURTHER))
    print_unread(console, workload, verbose=verbose)
    if not timed:
        console.print(noted(console, "no times: the log holds none"))


def print_table(console: Console, workload: Workload, order: Order, top: int) -> None:
    """Print the first classes of an order, each with its numbers, its share and its text."""
    classes = ordered(workload, order)
    whole = sum(
        max(weight(c, Order.CALLS if order is Order.CALLS else Order.TOTAL), 0.0) for c in classes
    )
    console.print()
    head = f"  {'by ' + TITLES[order]:<{BAR + 13}}"
    console.print(
        Text(f"{head}{'total':>9}{'calls':>11}{'mean':>10}{'p95':>10}{'max':>10}", style="bold")
    )
    for place, query_class in enumerate(classes[:top], 1):
        own = weight(query_class, Order.CALLS if order is Order.CALLS else Order.TOTAL)
        share = max(own, 0.0) / whole if whole else 0.0
        console.print(numbers(console, place, query_class, share))
        text = shortened(query_class.sql, SQL_WIDTH, SQL_LINES, query_class.dialect)
        for row in text.splitlines():
            console.print(Text(f"      {row}", style="dim"))
        if query_class.errors:
            console.print(Text(f"      {counted(query_class.errors, 'error')}", style="red"))


def numbers(console: Console, place: int, query_class: QueryClass, share: float) -> Text:
    """Return a class's line of numbers, with a bar for its share."""
    full, empty = ("█", "░") if encodes(console.file, "█░") else ("#", ".")
    filled = min(round(share * BAR), BAR)
    times = (query_class.mean_ms, query_class.p95_ms, query_class.max_ms)
    shown = "".join(f"{duration(time):>10}" for time in times)
    return Text.assemble(
        (f"  {place:>3} ", "dim"),
        (full * filled, "bold"),
        (empty * (BAR - filled), "dim"),
        f" {share:>6.1%} ",
        f"{duration(query_class.total_ms):>9}{query_class.calls:>11,}{shown}",
    )


def duration(duration_ms: float | None) -> str:
    """Return a time as shown in a table; a dash for unknown, never zero."""
    if duration_ms is None:
        return "-"
    return f"{duration_ms:.2f} ms" if duration_ms < 1 else milliseconds(duration_ms)


def time_line(console: Console, workload: Workload) -> list[Text]:
    """Return the time that the log spans, and its calls over that time."""
    if not workload.timeline:
        return []
    first, last = workload.timeline[0][0], workload.timeline[-1][0]
    span = f"  {clock(first)} to {clock(last)} UTC"
    if len(workload.timeline) < 2 or not encodes(console.file, BLOCKS):
        return [Text(span, style="dim")]
    columns = columns_of(workload.timeline, WIDTH - len(span) - 4)
    peak = max(columns)
    bars = "".join(
        BLOCKS[round(calls / peak * (len(BLOCKS) - 1))] if calls else " " for calls in columns
    )
    return [Text.assemble((span, "dim"), f"  {bars}")]


def columns_of(timeline: Sequence[tuple[float, int]], width: int) -> list[int]:
    """Return the calls in as many equal parts of the time as there are columns."""
    first, last = timeline[0][0], timeline[-1][0]
    columns = [0] * min(width, len(timeline))
    for moment, calls in timeline:
        columns[min(int((moment - first) / (last - first) * len(columns)), len(columns) - 1)] += (
            calls
        )
    return columns


def clock(moment: float) -> str:
    """Return a time to the second, as `2026-11-22 10:00:00`."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def print_unread(console: Console, workload: Workload, *, verbose: bool = False) -> None:
    """Print how many entries of the logs could not be read; with `verbose` the first of them."""
    cut = sum(c.truncated for c in workload.classes)
    if cut:
        console.print(noted(console, f"{counted(cut, 'class', 'classes')} cut off in the log"))
    print_empty(
        console, [source for source in workload.sources if not source.format], verbose=verbose
    )
    for source in workload.sources:
        print_counted(console, source)
        if source.unreadable_count and source.format:
            entries = counted(source.unreadable_count, "entry", "entries")
            more = "" if verbose else ", see --verbose"
            console.print(noted(console, f"{entries} of {source.name} not read{more}"))
        for name, number, reason in source.unreadable if verbose else ():
            place = f"{name}:{number}" if number else name
            console.print(Text(f"    {place}  {reason}", style="dim"))


def print_counted(console: Console, source: Source) -> None:
    """Print since when a server counted, and what it dropped."""
    if source.since is not None:
        console.print(noted(console, f"{source.name} counts since {clock(source.since)} UTC"))
    if source.evicted:
        console.print(
            noted(console, f"{counted(source.evicted, 'statement')} dropped there for want of room")
        )


def print_empty(console: Console, empty: Sequence[Source], *, verbose: bool) -> None:
    """Print which files held no query, all of them with `verbose`."""
    if len(empty) > FURTHER and not verbose:
        console.print(noted(console, f"{len(empty)} files hold no queries, see --verbose"))
        return
    for source in empty:
        for name, _, reason in source.unreadable:
            console.print(noted(console, f"{name} {reason}"))


def noted(console: Console, note: str) -> Text:
    """Return a note in passing."""
    return line(console, Symbol.NOTE, Text(note, style="dim"))
