"""Foreign SQL: what of a log's statement may go to a server, and with which values.

A statement from a log is not trusted. Only queries and row changes are handed on to be
planned; everything else is refused before a server sees it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asa.model.parameter import bindable
from asa.model.record import Parameters
from asa.sql.placeholders import Placeholder, Style, placeholders
from asa.sql.statement import single_statement

__all__ = ["MISFIT", "Bound", "bound", "refusal"]

MISFIT = "its values do not fit its placeholders"

LEADING = re.compile(
    r"(?:[\s(]+|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|/\*(?![!M]).*?\*/)*(\w*)", re.DOTALL
)
PLANNABLE = frozenset(
    {"SELECT", "WITH", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE"}
)
# `?` is an operator of PostgreSQL; `:x` there a slice bound.
STYLES = {
    "postgresql": frozenset({Style.NUMBERED, Style.FORMAT, Style.PYFORMAT}),
    "mysql": frozenset({Style.FORMAT, Style.PYFORMAT, Style.QUESTION}),
    "sqlite": frozenset(Style),
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


def bound(
    sql: str, dialect: str, parameters: Parameters, write: Callable[[int, object], str]
) -> Bound:
    """Rewrite a statement's placeholders and put its values in their order.

    `write` returns what stands for the n-th distinct placeholder (from 0) and its value.

    Raises:
        LookupError: There are fewer values than placeholders.
    """
    known = parameters if bindable(parameters) else None
    sql = single_statement(sql, dialect) or sql
    marks = [m for m in placeholders(sql, dialect) if m.style in STYLES[dialect]]
    formatted = doubled(dialect, known, marks)
    places: dict[int | str, int] = {}
    values: list[object] = []
    pieces: list[str] = []
    last = 0
    for mark in marks:
        if mark.key not in places:
            places[mark.key] = len(values)
            values.append(value_of(known, mark.key))
        place = places[mark.key]
        pieces += [plain(sql[last : mark.start], formatted), write(place, values[place])]
        last = mark.end
    pieces.append(plain(sql[last:], formatted))
    return Bound("".join(pieces), tuple(values), known is not None)


def doubled(dialect: str, known: Parameters, marks: Sequence[Placeholder]) -> bool:
    """Tell whether every other `%` is doubled: so a driver that formats with `%` wants it."""
    if any(mark.style in (Style.FORMAT, Style.PYFORMAT) for mark in marks):
        return True
    return dialect == "mysql" and bool(known)


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
