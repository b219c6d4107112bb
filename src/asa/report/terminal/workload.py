"""A workload on the terminal, at 80 columns: what costs most, is slowest, is asked most."""

from collections.abc import Sequence
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from asa.model.literal import assignments
from asa.model.workload import QueryClass, Source, Workload
from asa.report.counts import counted
from asa.report.terminal.style import WIDTH_PIPED, Symbol, encodes, fit, line, milliseconds
from asa.report.workload_facts import (
    Order,
    clock,
    event_rows,
    ordered,
    origin_shares,
    overall,
    weight,
)
from asa.sql.shown import shortened

__all__ = ["print_unread", "print_workload"]

SQL_WIDTH = 72
SQL_LINES = 2
BAR = 12
TIME_COLUMNS = 60
VALUE_LINES = 3
BLOCKS = "▁▂▃▄▅▆▇█"
FURTHER = 3


TITLES = {
    Order.TOTAL: "total time",
    Order.MEAN: "mean time",
    Order.P95: "95th percentile",
    Order.MAX: "longest time",
    Order.CALLS: "calls",
}


def print_workload(
    console: Console,
    workload: Workload,
    *,
    top: int = 10,
    order: Order = Order.TOTAL,
    verbose: bool = False,
    values: bool = False,
) -> None:
    """Print the sum, the heaviest classes, who sent them, and what could not be read.

    Args:
        console: Where to.
        workload: What was read.
        top: How many classes.
        order: What they are ordered by.
        verbose: Whether the first entries that could not be read are listed.
        values: Whether each class is shown with the values of its slowest execution.
    """
    timed = any(c.total_ms is not None for c in workload.classes)
    if not timed:
        order = Order.CALLS
    print_sum(console, workload)
    print_table(console, workload, order, top, values=values)
    if timed and order is Order.TOTAL:
        for further in (Order.MEAN, Order.CALLS):
            if ordered(workload, further)[:FURTHER] != ordered(workload, order)[:FURTHER]:
                print_table(console, workload, further, min(top, FURTHER), values=values)
    print_origins(console, workload)
    print_events(console, workload)
    print_unread(console, workload, verbose=verbose)
    if not timed:
        console.print(noted(console, "no times: the log holds none"))


def print_sum(console: Console, workload: Workload) -> None:
    """Print what holds for all classes together, and the calls over time."""
    rows = list(overall(workload))
    if line_of_time := time_line(console, workload):
        rows.append(("calls", line_of_time))
    if rows:
        console.print()
    for name, text in rows:
        console.print(Text.assemble((f"  {name:<9}", "dim"), text))


def print_origins(console: Console, workload: Workload) -> None:
    """Print how many calls each user, database and application sent, where there are several."""
    for kind, rows in origin_shares(workload):
        console.print()
        console.print(Text(f"  by {kind}", style="bold"))
        for name, calls, share in rows:
            told = f" {share:>6.1%} {calls:>11,}  {fit(name, 42)}"
            console.print(Text.assemble("      ", bar(console, share), told))


def print_events(console: Console, workload: Workload) -> None:
    """Print what servers' logs tell beside statements."""
    rows = list(event_rows(workload))
    if rows:
        console.print()
        console.print(Text("  beside the queries", style="bold"))
    for kind, times, text in rows:
        style = "red" if kind == "error" else ""
        console.print(Text.assemble((f"  {kind:<15}", style), f"{times:>8,}  {fit(text, 53)}"))


def print_table(
    console: Console, workload: Workload, order: Order, top: int, *, values: bool
) -> None:
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
        if values:
            print_values(console, query_class)
        if query_class.errors:
            console.print(Text(f"      {counted(query_class.errors, 'error')}", style="red"))


def print_values(console: Console, query_class: QueryClass) -> None:
    """Print the values of a class's slowest execution, or the statement that holds them."""
    sets = query_class.parameter_sets
    bound = assignments(sets[0].parameters) if sets else ""
    text = bound or " ".join(query_class.sql.split())
    for row in wrap(text, SQL_WIDTH, max_lines=VALUE_LINES, placeholder=" ..."):
        console.print(Text(f"      {row}"))


def numbers(console: Console, place: int, query_class: QueryClass, share: float) -> Text:
    """Return a class's line of numbers, with a bar for its share."""
    times = (query_class.mean_ms, query_class.p95_ms, query_class.max_ms)
    shown = "".join(f"{duration(time):>10}" for time in times)
    return Text.assemble(
        (f"  {place:>3} ", "dim"),
        bar(console, share),
        f" {share:>6.1%} ",
        f"{duration(query_class.total_ms):>9}{query_class.calls:>11,}{shown}",
    )


def bar(console: Console, share: float) -> Text:
    """Return a bar for a share of the whole."""
    full, empty = ("█", "░") if encodes(console.file, "█░") else ("#", ".")
    filled = min(round(share * BAR), BAR)
    return Text.assemble((full * filled, "bold"), (empty * (BAR - filled), "dim"))


def duration(duration_ms: float | None) -> str:
    """Return a time as shown in a table; a dash for unknown, never zero."""
    if duration_ms is None:
        return "-"
    return f"{duration_ms:.2f} ms" if duration_ms < 1 else milliseconds(duration_ms)


def time_line(console: Console, workload: Workload) -> str:
    """Return the calls over the time of the log; empty where there is nothing to compare."""
    if len(workload.timeline) < 2 or not encodes(console.file, BLOCKS):
        return ""
    columns = columns_of(workload.timeline, TIME_COLUMNS)
    peak = max(columns)
    return "".join(
        BLOCKS[round(calls / peak * (len(BLOCKS) - 1))] if calls else " " for calls in columns
    )


def columns_of(timeline: Sequence[tuple[float, int]], width: int) -> list[int]:
    """Return the calls in as many equal parts of the time as there are columns."""
    first, last = timeline[0][0], timeline[-1][0]
    columns = [0] * min(width, len(timeline))
    for moment, calls in timeline:
        columns[min(int((moment - first) / (last - first) * len(columns)), len(columns) - 1)] += (
            calls
        )
    return columns


def print_unread(console: Console, workload: Workload, *, verbose: bool = False) -> None:
    """Print how many entries of the logs could not be read; with `verbose` the first of them."""
    if workload.dropped_scopes:
        scopes = counted(workload.dropped_scopes, "scope")
        reason = "too many were open at once: N+1 in them may be missed"
        console.print(noted(console, f"{scopes} closed early, {reason}"))
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
            more = "" if verbose else unread_reason(source)
            note = f"{entries} of {source.name} not read{more}"
            if len(note) > WIDTH_PIPED - 4:
                note = note.replace(": ", ":\n    ", 1)
            console.print(noted(console, note))
        for name, number, reason in source.unreadable if verbose else ():
            place = f"{name}:{number}" if number else name
            console.print(Text(f"    {place}  {reason}", style="dim"))


def unread_reason(source: Source) -> str:
    """Return why entries were not read, where that is one reason for all that are told."""
    reasons = {reason for _, _, reason in source.unreadable}
    return f": {reasons.pop()}" if len(reasons) == 1 else ", see --verbose"


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
