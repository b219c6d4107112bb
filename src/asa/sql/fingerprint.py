"""A statement's class: its text with the literals, placeholders and lists made one.

Two steps. The first replaces what differs from run to run (literals, comments) by one
pattern at C speed; the second, remembered for each result of the first, brings what is left
into one shape, token by token: placeholders, casts of them, lists, rows, letters' case,
white space. Both are linear in the text; a class is known by its first `MOST_TOKENS`.
"""

import re
from functools import lru_cache

from asa.sql.lexis import Part, guessed, has_escapes, literals, spans
from asa.sql.shape import Shape

__all__ = ["MOST_TOKENS", "fingerprint"]

MOST_TOKENS = 10_000
"""Tokens of a fingerprint; what lies behind is cut, and `...` says so."""

CACHED_TEXT = 4_096

# Stands for a string until the second step: adjacent ones, `'it''s'`, are one literal.
STRING_MARK = "\x01"
# Stands for the digits of `.5` until the point before them is taken away too.
FRACTION_MARK = "\x02"

REPLACED: dict[str | None, str] = {
    "string": STRING_MARK,
    "text": STRING_MARK,
    "dollar": STRING_MARK,
    "run": "?, ?, ",
    "number": "?",
    "fraction": FRACTION_MARK,
    "dashes": " ",
    "hash": " ",
    "comment": " ",
}
# SQLite reads `[a b]` as `"a b"`.
AS_QUOTED = {ord("["): '"', ord("]"): '"', ord('"'): '""'}
ESCAPED_QUOTES = re.compile(r"\\[\\'\"]")
ORDINAL = re.compile(r"[bB][yY]\s+[0-9]")
DIGITS = frozenset("0123456789")
LONG_LIST = re.compile(r"[?,\s\x01]{256,}")


def fingerprint(sql: str, dialect: str | None = None) -> str:
    """Return the class of a statement as text.

    Args:
        sql: One statement, in any placeholder style.
        dialect: `postgresql`, `mysql` or `sqlite`; None where unknown.

    Returns:
        The statement with each literal and placeholder as `?` and each list of them as
        `(?+)`, in one spelling; it is its own fingerprint.
    """
    if len(sql) <= CACHED_TEXT:
        return remembered(sql, dialect)
    dialect = guessed(sql, dialect)
    return shaped(stripped(sql, dialect), dialect)


@lru_cache(maxsize=4_096)
def remembered(sql: str, dialect: str | None) -> str:
    """Return the fingerprint of a short text; texts recur."""
    dialect = guessed(sql, dialect)
    return shaped_again(stripped(sql, dialect), dialect)


def stripped(sql: str, dialect: str | None) -> str:
    """Replace literals by `?` or the string mark, and comments by a space."""
    ordinals = has_ordinals(sql)
    if dialect == "mysql" and "\\" in sql:
        sql = ESCAPED_QUOTES.sub("", sql)
    elif has_escapes(sql, dialect):
        return without_points(stripped_slowly(sql, dialect, ordinals))
    replaced = replacement_but_ordinals if ordinals else replacement
    return without_points(literals(dialect).sub(replaced, sql))


def without_points(bare: str) -> str:
    """Return a text without the points that stood before a number's digits: `.5` is `?`."""
    return bare.replace(f".{FRACTION_MARK}", "?") if FRACTION_MARK in bare else bare


def has_ordinals(sql: str) -> bool:
    """Say whether a number stands behind a BY; of short texts sooner than the pattern does."""
    if len(sql) > CACHED_TEXT:
        return ORDINAL.search(sql) is not None
    folded = sql.lower()
    place = folded.find("by")
    while place >= 0:
        behind = folded[place + 2 : place + 34]
        following = behind.lstrip()
        if not following or (following is not behind and following[0] in DIGITS):
            return ORDINAL.search(sql) is not None
        place = folded.find("by", place + 2)
    return False


def replacement(match: re.Match[str]) -> str:
    """Return what takes a part's place; names and marks stay."""
    return REPLACED.get(match.lastgroup) or kept(match)


def replacement_but_ordinals(match: re.Match[str]) -> str:
    """Return the same in a statement with places of columns, where small numbers stay."""
    if match.lastgroup == "number" and match.end() - match.start() < 3:
        return match.group()
    return replacement(match)


def kept(match: re.Match[str]) -> str:
    """Return a part that stays; SQLite's brackets as quotes."""
    text = match.group()
    return text.translate(AS_QUOTED) if match.lastgroup == "bracket" else text


def stripped_slowly(sql: str, dialect: str | None, ordinals: bool) -> str:
    """Do as `stripped` where only `spans` knows where the parts end."""
    pieces: list[str] = []
    last = 0
    for part, case, start, end in spans(sql, dialect, placeholders=False):
        kept = part in (Part.NAME, Part.MARK) or (ordinals and case == "number" and end - start < 3)
        pieces += (sql[last:start], sql[start:end] if kept else REPLACED[case])
        last = end
    return "".join((*pieces, sql[last:]))


def shaped(bare: str, dialect: str | None) -> str:
    """Bring a text without literals into its one shape."""
    if len(bare) > 256:
        bare = LONG_LIST.sub(shorter_list, bare)
    return Shape(bare, dialect, MOST_TOKENS).text()


shaped_again = lru_cache(maxsize=4_096)(shaped)


def shorter_list(match: re.Match[str]) -> str:
    """Return a long list of literals as a short one with the same ends."""
    run = match.group()
    body = run.strip()
    items = body.strip(", \t\r\n")
    if not items:
        return " , " if body else " "
    first = STRING_MARK if body.startswith(STRING_MARK) else "?"
    head = " ," if body.startswith(",") else "" if run.startswith(STRING_MARK) else " "
    return f"{head}{first}{', ?' if ',' in items else ''}{', ' if body.endswith(',') else ' '}"
