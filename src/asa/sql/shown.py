"""A statement as it is shown: its class, in few lines, without values."""

from functools import lru_cache

from asa.sql.fingerprint import fingerprint
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


@lru_cache(maxsize=1_024)
def shortened(sql: str, width: int = 60, lines: int = 3, dialect: str | None = None) -> str:
    """Return a statement for the screen: no values, broken before its clauses.

    Where it does not fit, a long select list or column list becomes `...`, then its end.

    Args:
        sql: A statement, or its fingerprint.
        width: Characters of a line, at least 8.
        lines: Lines at most.
        dialect: Of the statement; None where unknown.
    """
    text = fingerprint(sql, dialect)
    if len(text) <= width:
        return text
    clauses = [elided(clause) for clause in clauses_of(text)]
    return "\n".join(wrapped(clauses, max(width, 8), lines))


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
