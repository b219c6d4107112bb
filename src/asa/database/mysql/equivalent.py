"""The SELECT that reads what a row change reads: a read-only transaction plans no change here."""

import re

from asa.sql.lexis import Part, spans

__all__ = ["equivalent_select"]

WORDS = re.compile(
    r"[()]|\b(?:update|delete|from|using|set|where|order|limit|returning|select)\b", re.IGNORECASE
)
UPDATE_OPTIONS = re.compile(r"\s*(?:low_priority\s+|ignore\s+)*", re.IGNORECASE)
CHANGES = frozenset({"update", "delete", "insert", "replace"})


def equivalent_select(sql: str) -> str | None:
    """Return the SELECT that finds the rows which a statement changes.

    A SELECT comes back as it is. None where the statement's shape is not known, which
    includes every WITH before a change.
    """
    bare = blanked(sql)
    first = bare.split(None, 1)[0].lower() if bare.strip() else ""
    if first not in CHANGES:
        return sql
    marks = outermost(bare)
    if "returning" in marks:
        return None
    if first in ("insert", "replace"):
        return sql[marks["select"] :] if "select" in marks else None
    if first == "update":
        start, end = marks["update"] + len("update"), marks.get("set")
        if end is None:
            return None
        skipped = UPDATE_OPTIONS.match(bare, start)
        tables = sql[skipped.end() if skipped else start : end]
    else:
        start = marks.get("using", marks.get("from", -1))
        if start < 0:
            return None
        tables = sql[start + len(bare[start:].split(None, 1)[0]) : tail(marks, len(sql))]
    rest = sql[tail(marks, len(sql)) :]
    return f"SELECT 1 FROM {tables.strip()} {rest}".rstrip()  # noqa: S608  (a log's own statement, prepared as one)


def tail(marks: dict[str, int], length: int) -> int:
    """Return where the conditions, the order or the limit begin."""
    return min(
        (marks[word] for word in ("where", "order", "limit") if word in marks), default=length
    )


def outermost(bare: str) -> dict[str, int]:
    """Return the first place of each word that stands outside of brackets."""
    places: dict[str, int] = {}
    depth = 0
    for match in WORDS.finditer(bare):
        word = match[0].lower()
        if word in "()":
            depth += 1 if word == "(" else -1
        elif depth == 0:
            places.setdefault(word, match.start())
    return places


def blanked(sql: str) -> str:
    """Return a statement with comments as blanks, strings and quoted names as NULs, as long."""
    pieces: list[str] = []
    last = 0
    for part, _, start, end in spans(sql, "mysql", placeholders=False):
        if part in (Part.STRING, Part.NAME, Part.COMMENT):
            pieces += (sql[last:start], (" " if part is Part.COMMENT else "\0") * (end - start))
            last = end
    return "".join((*pieces, sql[last:]))
