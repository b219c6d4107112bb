"""A statement's class: its text with the literals, placeholders and lists made one.

Two steps. The first replaces what differs from run to run (literals, comments) by one
pattern at C speed; the second, remembered for each result of the first, brings what is left
into one shape, token by token: placeholders, casts of them, lists, rows, letters' case,
white space. Both are linear in the text; a class is known by its first `MOST_TOKENS`.
"""

import re
from functools import lru_cache

from asa.sql.lexis import Part, guessed, has_escapes, literals, plain, spans, was_plain
from asa.sql.shape import Shape

__all__ = ["MOST_TOKENS", "fingerprint"]

MOST_TOKENS = 10_000
"""Tokens of a fingerprint; what lies behind is cut, and `...` says so."""

CACHED_TEXT = 4_096

# Stands for a literal until the second step: adjacent ones, `'it''s'`, are one.
LITERAL_MARK = "\x01"
REPLACED: dict[str | None, str] = {
    "string": LITERAL_MARK,
    "text": LITERAL_MARK,
    "dollar": LITERAL_MARK,
    "run": f"{LITERAL_MARK}, {LITERAL_MARK}, ",
    "number": LITERAL_MARK,
    "fraction": LITERAL_MARK,
    "dashes": " ",
    "hash": " ",
    "comment": " ",
}
# SQLite reads `[a b]` as `"a b"`.
AS_QUOTED = {ord("["): '"', ord("]"): '"', ord('"'): '""'}
ESCAPED_QUOTES = re.compile(r"\\[\\'\"]")
ORDINAL = re.compile(r"[bB][yY]\s+[0-9]")
LOST_ORDINAL = re.compile(r"[bB][yY]\s+\x01")
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
    if dialect is None:
        dialect = guessed(sql, dialect)
    escapes = "\\" in sql
    if escapes and dialect == "mysql":
        sql = ESCAPED_QUOTES.sub("", sql).replace("\\", "")
    if not escapes or dialect in ("mysql", "sqlite"):
        mark = shaped_plain(stripped_plain(sql, dialect), dialect)
        if mark is not None:
            return mark
    return shaped_again(stripped(sql, dialect), dialect)


def stripped_plain(sql: str, dialect: str | None) -> str:
    """Replace the literals of a plain text by marks, but for the points of numbers like `.5`."""
    if "`" not in sql and (dialect == "mysql" or '"' not in sql):
        return plain(dialect).sub(LITERAL_MARK, sql)
    pieces = plain(dialect).split(sql)
    pieces[1::2] = [LITERAL_MARK if name is None else name[-1] + name for name in pieces[1::2]]
    return "".join(pieces)


def stripped(sql: str, dialect: str | None) -> str:
    """Replace literals by marks, and comments by a space."""
    ordinals = ORDINAL.search(sql) is not None
    if dialect == "mysql" and "\\" in sql:
        sql = ESCAPED_QUOTES.sub("", sql)
    elif has_escapes(sql, dialect):
        return without_points(stripped_slowly(sql, dialect, ordinals))
    replaced = replacement_but_ordinals if ordinals else replacement
    return without_points(literals(dialect).sub(replaced, sql))


def without_points(bare: str) -> str:
    """Return a text without the points that stood before a number's digits: `.5` is a mark."""
    return bare.replace(f".{LITERAL_MARK}", LITERAL_MARK)


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


@lru_cache(maxsize=4_096)
def shaped_plain(bare: str, dialect: str | None) -> str | None:
    """Do as `shaped`; return None for a text that was not plain, or may have lost ordinals."""
    if not was_plain(bare, dialect) or LOST_ORDINAL.search(bare):
        return None
    return shaped(without_points(bare), dialect)


def shorter_list(match: re.Match[str]) -> str:
    """Return a long list of literals as a short one with the same ends."""
    run = match.group()
    body = run.strip()
    items = body.strip(", \t\r\n")
    if not items:
        return " , " if body else " "
    first = LITERAL_MARK if body.startswith(LITERAL_MARK) else "?"
    head = " ," if body.startswith(",") else "" if run.startswith(LITERAL_MARK) else " "
    return f"{head}{first}{', ?' if ',' in items else ''}{', ' if body.endswith(',') else ' '}"
