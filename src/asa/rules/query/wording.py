"""How rules show queries and numbers: short, without any stored value."""

import re

from asa.model.workload import QueryClass

__all__ = ["large", "query_text", "seen"]

LONGEST_QUERY = 260
LONGEST_LIST = 40
WORDS = re.compile(r"[()]|\b(?:select|from)\b|[^()\w]+|\w+", re.IGNORECASE)


def query_text(query_class: QueryClass) -> str:
    """Return the fingerprint with a long select list as `...`, cut where it is very long."""
    text = " ".join(query_class.fingerprint.split())
    match = re.match(r"select\s+(?:distinct\s+)?", text, re.IGNORECASE)
    end = list_end(text, match.end()) if match else None
    if match and end is not None and end - match.end() > LONGEST_LIST:
        text = f"{text[: match.end()]}... {text[end:]}"
    return text if len(text) <= LONGEST_QUERY else f"{text[:LONGEST_QUERY]}..."


def list_end(text: str, start: int) -> int | None:
    """Return where the FROM of the outermost select begins; None where it has none."""
    depth = 0
    for match in WORDS.finditer(text, start):
        word = match[0].lower()
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "from" and depth == 0:
            return match.start()
    return None


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
