"""A workload as Markdown, for a ticket or a job's summary; it holds no values of the log."""

from collections.abc import Iterator

from asa.model.workload import QueryClass, Workload
from asa.report.counts import counted
from asa.report.markdown import code
from asa.report.workload_facts import Order, event_rows, ordered, origin_shares, overall, weight
from asa.sql.shown import shortened

__all__ = ["render"]

LONGEST = 200


def render(workload: Workload, order: Order, top: int) -> str:
    """Return the sum, the first classes of an order and what came beside them."""
    classes = counted(len(workload.classes), "class", "classes")
    lines = [f"**asa: {counted(workload.calls, 'query', 'queries')}, {classes}**", ""]
    lines += [f"- **{name}** {text}" for name, text in overall(workload)]
    lines += ["", *table(workload, order, top)]
    for kind, rows in origin_shares(workload):
        lines += ["", f"| {kind} | calls | share |", "|---|---:|---:|"]
        lines += [f"| {cell(name)} | {calls:,} | {share:.1%} |" for name, calls, share in rows]
    events = [f"| {kind} | {n:,} | {cell(text)} |" for kind, n, text in event_rows(workload)]
    if events:
        lines += ["", "| beside the queries | times | |", "|---|---:|---|", *events]
    return "\n".join(lines)


def table(workload: Workload, order: Order, top: int) -> Iterator[str]:
    """Yield the rows of the first classes of an order."""
    summed = Order.CALLS if order is Order.CALLS else Order.TOTAL
    whole = sum(max(weight(c, summed), 0.0) for c in workload.classes)
    yield "| share | total ms | calls | mean ms | p95 ms | max ms | errors | query |"
    yield "|---:|---:|---:|---:|---:|---:|---:|---|"
    for query_class in ordered(workload, order)[:top]:
        share = max(weight(query_class, summed), 0.0) / whole if whole else 0.0
        yield row(query_class, share)


def row(query_class: QueryClass, share: float) -> str:
    """Return one class's row."""
    times = (query_class.mean_ms, query_class.p95_ms, query_class.max_ms)
    cells = [
        f"{share:.1%}",
        number(query_class.total_ms),
        f"{query_class.calls:,}",
        *(number(time) for time in times),
        f"{query_class.errors:,}" if query_class.errors else "",
        cell(shortened(query_class.sql, LONGEST, 1, query_class.dialect)),
    ]
    return f"| {' | '.join(cells)} |"


def number(duration_ms: float | None) -> str:
    """Return a time in a table; a dash for unknown, never zero."""
    return "-" if duration_ms is None else f"{duration_ms:,.2f}"


def cell(text: str) -> str:
    """Return text as a code span that does not end its table's cell."""
    return code(" ".join(text.split())).replace("|", "\\|") if text else ""
