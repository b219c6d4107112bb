"""A statement as it is shown: in few lines, in the log's own placeholders, without values."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from asa.sql.fingerprint import fingerprint
from asa.sql.keywords import KEYWORDS
from asa.sql.lexis import Part, guessed, spans
from asa.sql.shape import TOKEN

__all__ = ["shortened"]

ELISION = "..."
LONG_LIST = 40
CLAUSE_WORDS = """
    FROM WHERE GROUP HAVING ORDER LIMIT OFFSET UNION EXCEPT INTERSECT RETURNING SET VALUES JOIN
    LEFT RIGHT INNER CROSS FULL NATURAL SELECT FETCH FOR WINDOW
"""
CLAUSES = frozenset(CLAUSE_WORDS.split())
# A clause of several words begins at its first.
CONTINUED = frozenset(("LEFT", "RIGHT", "INNER", "CROSS", "FULL", "NATURAL", "OUTER"))

# Beyond these a statement is shown by its fingerprint, which is cheap for any length.
LONGEST_LAID_OUT = 50_000
MOST_TOKENS = 10_000

HIDDEN = {Part.STRING: "?", Part.NUMBER: "?", Part.COMMENT: " "}
# How many rows are asked for is the statement's shape, and no stored value.
LIMIT = re.compile(r"\blimit\s+\Z", re.IGNORECASE)
LONGEST_LIMIT = 4
HELD = r"(?:\$[0-9]+|\?\+?[0-9]*|%s|%\([^()]{1,100}\)s|:\w{1,100}|@p[0-9]+)(?:::[\w\[\]]{1,40})?"
LONG_VALUES = re.compile(rf"\(\s*({HELD})\s*,\s*{HELD}\s*,\s*{HELD}(?:\s*,\s*{HELD})*\s*\)")
FURTHER_ROWS = re.compile(r"(\bvalues\s*(\([^()]*\)))(?:\s*,\s*\([^()]*\))+", re.IGNORECASE)


@lru_cache(maxsize=1_024)
def shortened(sql: str, width: int = 60, lines: int = 3, dialect: str | None = None) -> str:
    """Return a statement for the screen: no values, broken before its clauses.

    Placeholders stay as they are written. Where it does not fit, a long select list or column
    list becomes `...`, then its end.

    Args:
        sql: A statement, or its fingerprint.
        width: Characters of a line, at least 8.
        lines: Lines at most.
        dialect: Of the statement; None where unknown.
    """
    clauses = laid_out(sql, dialect)
    if clauses is None:
        clauses = clauses_of(fingerprint(sql, dialect))
    text = " ".join(clauses)
    if len(text) <= width:
        return text
    if len(clauses) > 1:
        # A SELECT with no other clause says all it does in its list: EXISTS, a function.
        clauses = [elided(clause) for clause in clauses]
    return "\n".join(wrapped(clauses, max(width, 8), lines))


def laid_out(sql: str, dialect: str | None) -> list[str] | None:
    """Return a statement's clauses by sqlparse; None where that cannot be done, or not soon."""
    if len(sql) > LONGEST_LAID_OUT:
        return None
    # sqlparse costs a twentieth of a second to import: only who shows statements pays it.
    from sqlparse.lexer import tokenize

    text = FURTHER_ROWS.sub(r"\1, ...", without_values(sql, guessed(sql, dialect)))
    text = LONG_VALUES.sub(r"(\1, ...)", text)
    try:
        # Its tokens serve; its grouping is slow, and refuses what is deep or long.
        tokens = [value for _, value in islice(tokenize(text), MOST_TOKENS + 1)]  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001  (whatever it stumbles on, the fingerprint serves)
        return None
    return None if len(tokens) > MOST_TOKENS else list(clauses_in(tokens))


def without_values(sql: str, dialect: str | None) -> str:
    """Return a statement with its literals as `?` and without its comments."""
    pieces: list[str] = []
    last = 0
    for part, _, start, end in spans(sql, dialect):
        hidden = HIDDEN.get(part)
        if hidden is None:
            continue
        if part is Part.NUMBER and is_limit(sql, start, end):
            hidden = sql[start:end]
        # Two literals side by side, `'it''s'`, are one.
        if start == last and pieces and pieces[-1] == hidden == "?":
            last = end
            continue
        pieces += (sql[last:start], hidden)
        last = end
    return "".join((*pieces, sql[last:])).strip().rstrip(";")


def is_limit(sql: str, start: int, end: int) -> bool:
    """Say whether a number tells how many rows are asked for."""
    before = sql[max(start - 20, 0) : start]
    return end - start <= LONGEST_LIMIT and LIMIT.search(before) is not None


def clauses_in(tokens: list[str]) -> Iterator[str]:
    """Yield the clauses of a statement's tokens, keywords in capitals, white space as one blank."""
    clause: list[str] = []
    depth, last = 0, ""
    for token in tokens:
        words = token.split()
        if not words:
            clause.append(" ")
            continue
        depth += {"(": 1, ")": -1}.get(token, 0)
        shown = " ".join(words)
        if shown.upper().split()[0] in KEYWORDS and last != ".":
            shown = shown.upper()
            begins = shown.split()[0]
            if depth == 0 and begins in CLAUSES and last not in CONTINUED and last != "DELETE":
                if text := tidy(clause):
                    yield text
                clause = []
            clause.append(shown)
        else:
            clause.append(shown if len(words) > 1 else token)
        last = shown.split()[-1]
    if text := tidy(clause):
        yield text


def tidy(pieces: list[str]) -> str:
    """Return text with single blanks, and none inside brackets."""
    text = re.sub(r"\s+", " ", "".join(pieces)).strip()
    return text.replace("( ", "(").replace(" )", ")")


def clauses_of(text: str) -> list[str]:
    """Split a statement before each clause that stands outside of brackets."""
    starts, depth, last = [0], 0, ""
    position = 0
    while match := TOKEN.match(text, position):
        position = match.end()
        kind = match.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        elif kind == "word" and depth == 0:
            word = match["word"]
            if word in CLAUSES and last not in CONTINUED and last != "DELETE":
                starts.append(match.start())
            last = word
            continue
        last = ""
    ends = [*starts[1:], len(text)]
    pieces = (text[start:end].strip() for start, end in zip(starts, ends, strict=True))
    return [piece for piece in pieces if piece]


def elided(clause: str) -> str:
    """Return a clause with its long list of columns as `...`."""
    if len(clause) <= LONG_LIST:
        return clause
    if clause.startswith("SELECT "):
        head = "SELECT DISTINCT" if clause.startswith("SELECT DISTINCT ") else "SELECT"
        return f"{head} {ELISION}"
    if clause.startswith(("INSERT ", "REPLACE ")) and "(" in clause and clause.endswith(")"):
        return f"{clause[: clause.index('(')]}({ELISION})"
    if clause.startswith("RETURNING "):
        return f"RETURNING {ELISION}"
    return clause


def wrapped(clauses: list[str], width: int, lines: int) -> list[str]:
    """Fill lines with clauses; one too long for a line is broken between its words."""
    filled = [""]
    for clause in clauses:
        joined = f"{filled[-1]} {clause}".lstrip()
        if len(joined) <= width:
            filled[-1] = joined
            continue
        if filled[-1]:
            filled.append("")
        for word in clause.split(" "):
            longer = f"{filled[-1]} {word}".lstrip()
            if len(longer) > width and filled[-1]:
                filled.append(word)
            else:
                filled[-1] = longer
            if len(filled) > lines:
                return cut(filled[:lines], width)
    if any(len(line) > width for line in filled):
        filled = [line if len(line) <= width else f"{line[: width - 3]}..." for line in filled]
    return cut(filled, width) if len(filled) > lines else filled


def cut(lines: list[str], width: int) -> list[str]:
    """Return lines of which the last says that more follows."""
    last = lines[-1][: width - len(ELISION) - 1].rstrip()
    return [*(line[:width] for line in lines[:-1]), f"{last} {ELISION}"]
