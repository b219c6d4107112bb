"""The placeholders of a statement: their style, what each stands for, and where it is."""

import re
from dataclasses import dataclass
from enum import Enum

from asa.sql.keywords import KEYWORDS, OPERANDS
from asa.sql.lexis import Part, guessed, spans

__all__ = ["Placeholder", "Style", "placeholders"]


class Style(Enum):
    """How a placeholder is written; the drivers' and logs' styles."""

    NUMBERED = "$1"
    QUESTION = "?"
    FORMAT = "%s"
    PYFORMAT = "%(name)s"
    NAMED = ":name"
    AT = "@p1"


LONGEST_WORD = 64
LAST_WORD = re.compile(r"[\w$]+\Z")

STYLES = {
    "numbered": Style.NUMBERED,
    "question": Style.QUESTION,
    "format": Style.FORMAT,
    "pyformat": Style.PYFORMAT,
    "colon": Style.NAMED,
    "at": Style.AT,
}


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder.

    Attributes:
        style: How it is written.
        key: What it stands for: a place from 0, or a name.
        start: Where it begins in the text.
        end: Where it ends.
    """

    style: Style
    key: int | str
    start: int
    end: int


def placeholders(sql: str, dialect: str | None = None) -> tuple[Placeholder, ...]:
    """Find a statement's placeholders, in order.

    A statement is written in one style; where marks of several styles occur (PostgreSQL's
    `?` operators beside `$1`), those of the style that a driver would use count. On PostgreSQL a
    question mark behind a value is the operator, which asks for a key.
    """
    dialect = guessed(sql, dialect)
    found: dict[Style, list[Placeholder]] = {}
    operator = -1
    for part, case, start, end in spans(sql, dialect):
        if part is Part.PLACEHOLDER:
            style = STYLES[case]
            if style is Style.QUESTION and dialect == "postgresql":
                before = end_of(sql, start)
                if before != operator and is_operand(sql, before):
                    operator = end
                    continue
            mine = found.setdefault(style, [])
            mine.append(Placeholder(style, key_of(style, sql[start:end], len(mine)), start, end))
    for style in Style:
        if style in found:
            return tuple(found[style])
    return ()


def end_of(sql: str, start: int) -> int:
    """Return where the text before a place ends, white space left out."""
    while start and sql[start - 1].isspace():
        start -= 1
    return start


def is_operand(sql: str, end: int) -> bool:
    """Tell whether what ends here is a value: a question mark behind it asks for a key of it."""
    last = sql[end - 1 : end]
    if not (last.isalnum() or last == "_"):
        return bool(last) and last in "\"')]?$"
    word = LAST_WORD.search(sql, max(0, end - LONGEST_WORD), end)
    text = word.group().upper() if word else ""
    return text not in KEYWORDS or text in OPERANDS


def key_of(style: Style, text: str, place: int) -> int | str:
    """Return the place or the name that a placeholder's text stands for."""
    if style is Style.NUMBERED:
        return int(text[1:]) - 1
    if style is Style.QUESTION:
        return int(text[1:]) - 1 if len(text) > 1 else place
    if style is Style.FORMAT:
        return place
    return text[2:-2] if style is Style.PYFORMAT else text[1:]
