"""How rules show queries and numbers: short, without any stored value."""

from asa.model.workload import QueryClass
from asa.sql.shown import shortened

__all__ = ["large", "query_text", "seen"]

WIDTH = 66
MOST_LINES = 4


def query_text(query_class: QueryClass) -> str:
    """Return a class as a few lines of SQL, long lists left out."""
    return shortened(query_class.sql, WIDTH, MOST_LINES, query_class.dialect)


def seen(query_class: QueryClass) -> str:
    """Return how often a class ran, how long, and from where."""
    text = f"{query_class.calls:,} call{'s' if query_class.calls != 1 else ''}"
    if query_class.total_ms is not None:
        text += f", {query_class.total_ms:,.0f} ms in all"
    if query_class.call_sites:
        text += f", {query_class.call_sites[0][0]}"
    return text


def large(number: float) -> str:
    """Return a number of rows in few characters: `950`, `20k`, `3.0M`."""
    for size, letter in ((1e9, "G"), (1e6, "M")):
        if number >= size:
            return f"{number / size:.1f}{letter}"
    return f"{number / 1000:.0f}k" if number >= 10_000 else f"{number:,.0f}"
