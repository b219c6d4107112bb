"""How rules show queries and numbers: short, without any stored value."""

from asa.model.workload import QueryClass
from asa.sql.shown import shortened

__all__ = ["large", "query_text", "seen", "volume"]

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


def volume(size: int) -> str:
    """Return a number of bytes in few characters: `16 kB`, `93 MB`, `1.2 GB`."""
    for unit, letter in ((1e9, "GB"), (1e6, "MB")):
        if size >= unit:
            return (
                f"{size / unit:.1f} {letter}"
                if size < 10 * unit
                else f"{size / unit:,.0f} {letter}"
            )
    return f"{max(size / 1000, 1):.0f} kB"
