"""The hint for a word that nobody knows."""

import difflib
from collections.abc import Iterable

__all__ = ["suggestion"]


def suggestion(word: str, known: Iterable[str], *, kind: str = "known") -> str:
    """Return the nearest known word as a question, or all that are known."""
    words = tuple(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"{kind}: {', '.join(words)}"
