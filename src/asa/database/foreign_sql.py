"""Foreign SQL: what of a log's statement may go to a server, and with which values.

A statement from a log is not trusted. Only queries and row changes are handed on to be
planned; everything else is refused before a server sees it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from asa.model.parameter import bindable
from asa.model.record import Parameters
from asa.sql.lexis import Part, spans

__all__ = ["MISFIT", "Bound", "bound", "refusal"]

MISFIT = "its values do not fit its placeholders"

LEADING = re.compile(
    r"(?:[\s(]+|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|/\*(?![!M]).*?\*/)*(\w*)", re.DOTALL
)
PLANNABLE = frozenset(
    {"SELECT", "WITH", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE"}
)
# `?` is an operator of PostgreSQL; `:x` a slice bound.
MARKERS = {
    "postgresql": frozenset({"numbered", "format", "pyformat"}),
    "mysql": frozenset({"format", "pyformat", "question"}),
    "sqlite": frozenset({"question", "numbered", "colon", "at", "pyformat"}),
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement with its placeholders rewritten.

    Attributes:
        text: One statement as the server takes it, without its semicolon.
        values: One for each distinct placeholder, in order of its first place.
        known: Whether the values are the log's; otherwise all are None.
    """

    text: str
    values: tuple[object, ...]
    known: bool


def refusal(sql: str) -> str | None:
    """Return why a statement must not even be prepared, as a clause; None where it may."""
    match = LEADING.match(sql)
    word = match[1].upper() if match else ""
    if word in PLANNABLE:
        return None
    return f"{word} has no plan" if word.isalpha() else "not a statement"


def placeholders(sql: str, dialect: str) -> list[tuple[str, int, int]]:
    """Return (text, start, end) of each placeholder in order."""
    return [
        (sql[start:end], start, end)
        for part, case, start, end in spans(sql, dialect)
        if part is Part.PLACEHOLDER and case in MARKERS[dialect]
    ]


def bound(
    sql: str, dialect: str, parameters: Parameters, write: Callable[[int, object], str]
) -> Bound:
    """Rewrite a statement's placeholders and put its values in their order.

    `write` returns what stands for the n-th distinct placeholder (from 0) and its value.

    Raises:
        LookupError: There are fewer values than placeholders.
    """
    known = parameters if bindable(parameters) else None
    marks = placeholders(sql, dialect)
    # A driver that formats with `%` was given every other `%` doubled.
    formatted = (dialect == "mysql" and bool(known)) or any(m[0][0] == "%" for m in marks)
    places: dict[int | str, int] = {}
    values: list[object] = []
    pieces: list[str] = []
    last = 0
    for mark, start, end in marks:
        key = key_of(mark, len(values))
        if key not in places:
            places[key] = len(values)
            values.append(value_of(known, key))
        pieces += [plain(sql[last:start], formatted), write(places[key], values[places[key]])]
        last = end
    pieces.append(plain(sql[last:], formatted))
    text = "".join(pieces).rstrip().rstrip(";")
    return Bound(text, tuple(values), known is not None)


def key_of(mark: str, position: int) -> int | str:
    """Return what finds a placeholder's value: a position from 0, or a name."""
    if mark.startswith("%("):
        return mark[2:-2]
    digits = mark[1:]
    if mark[0] in "$?" and digits.isdigit():
        return int(digits) - 1
    return position if digits in ("", "s") else digits


def value_of(known: Parameters, key: int | str) -> object:
    """Return the value of a placeholder; None where there are no values.

    Raises:
        LookupError: The values are there, but not this one.
    """
    match known:
        case dict() if isinstance(key, str):
            return known[key]
        case tuple() if isinstance(key, int):
            return known[key]
        case None:
            return None
        case _:
            raise LookupError(key)


def plain(text: str, formatted: bool) -> str:
    """Return text outside placeholders as the server got it."""
    return text.replace("%%", "%") if formatted else text
