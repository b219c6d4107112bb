"""A rule's page on the width that the terminal has."""

import re
import textwrap
from collections.abc import Iterator
from itertools import groupby

__all__ = ["filled"]

# A line of code within prose: a call or an assignment from its first word to its end.
CODE = re.compile(r" *(?:\.?[\w.]+\(.*[),]|[\w.]+ = .*)$")
EXAMPLE = "Example:"


def filled(page: str, width: int) -> Iterator[str]:
    """Yield a page's lines, paragraphs filled anew where a line of theirs is too long.

    Code keeps its lines; one that is too long goes on under itself, further right.
    """
    section = ""
    for (indent, code), lines in groupby(page.splitlines(), key=kind):
        paragraph = list(lines)
        section = paragraph[-1] if indent == 0 and paragraph[-1].endswith(":") else section
        if all(len(text) <= width for text in paragraph):
            yield from paragraph
        elif code or section == EXAMPLE:
            for text in paragraph:
                yield from broken(text.strip(), width, indent, indent + 4)
        else:
            yield from broken(" ".join(text.strip() for text in paragraph), width, indent, indent)


def kind(text: str) -> tuple[int, bool]:
    """Return a line's indentation, -1 of an empty one, and whether it is code."""
    return len(text) - len(text.lstrip()) if text.strip() else -1, bool(CODE.match(text))


def broken(text: str, width: int, first: int, rest: int) -> list[str]:
    """Return a text's lines, broken between words."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=" " * first,
        subsequent_indent=" " * rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
