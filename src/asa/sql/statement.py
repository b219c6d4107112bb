"""One statement: what kind it is, whether it is alone, and how it is shown."""

import re
from enum import Enum

from asa.sql.lexis import Part, guessed, spans

__all__ = ["Kind", "kind", "single_statement"]


class Kind(Enum):
    """What a statement does."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    DDL = "ddl"
    TRANSACTION = "transaction"
    OTHER = "other"

    @property
    def writes(self) -> bool:
        """Whether it changes rows."""
        return self in (Kind.INSERT, Kind.UPDATE, Kind.DELETE)


FIRST_WORDS = {
    "select": Kind.SELECT,
    "values": Kind.SELECT,
    "table": Kind.SELECT,
    "insert": Kind.INSERT,
    "replace": Kind.INSERT,
    "update": Kind.UPDATE,
    "delete": Kind.DELETE,
    "create": Kind.DDL,
    "alter": Kind.DDL,
    "drop": Kind.DDL,
    "truncate": Kind.DDL,
    "rename": Kind.DDL,
    "comment": Kind.DDL,
    "grant": Kind.DDL,
    "revoke": Kind.DDL,
    "begin": Kind.TRANSACTION,
    "start": Kind.TRANSACTION,
    "commit": Kind.TRANSACTION,
    "end": Kind.TRANSACTION,
    "rollback": Kind.TRANSACTION,
    "abort": Kind.TRANSACTION,
    "savepoint": Kind.TRANSACTION,
    "release": Kind.TRANSACTION,
}
FIRST = re.compile(r"[\s(]*([^\W\d_]+)")
STEP = re.compile(r"([()])|\b(select|insert|update|delete|values|replace|table)\b", re.IGNORECASE)


def without_parts(sql: str, dialect: str | None) -> str:
    """Return a statement with strings and quoted names as `~`, comments as blanks, as long."""
    pieces: list[str] = []
    last = 0
    for part, _, start, end in spans(sql, dialect, placeholders=False):
        if part in (Part.STRING, Part.NAME, Part.COMMENT):
            filler = " " if part is Part.COMMENT else "~"
            pieces += (sql[last:start], filler * (end - start))
            last = end
    return "".join((*pieces, sql[last:]))


def kind(sql: str, dialect: str | None = None) -> Kind:
    """Say what a statement does; of WITH, what follows its last common table expression.

    A WITH whose expressions write is what the first of them does.
    """
    bare = without_parts(sql, guessed(sql, dialect))
    first = FIRST.match(bare)
    word = first.group(1).lower() if first else ""
    if word != "with":
        return FIRST_WORDS.get(word, Kind.OTHER)
    depth, reads = 0, False
    for match in STEP.finditer(bare, first.end() if first else 0):
        if match.group(1):
            depth += 1 if match.group(1) == "(" else -1
            continue
        found = FIRST_WORDS[match.group(2).lower()]
        if found.writes and opens_expression(bare, match.start(), depth):
            return found
        reads = True
    return Kind.SELECT if reads else Kind.OTHER


def opens_expression(bare: str, start: int, depth: int) -> bool:
    """Say whether a word stands where a statement begins: at the top or behind a bracket."""
    before = bare[max(0, start - 64) : start].rstrip()
    return before.endswith("(") if depth else before.endswith(")")


def single_statement(sql: str, dialect: str | None = None) -> str | None:
    """Return the one statement of a text without its semicolon; None for none or several."""
    bare = without_parts(sql, guessed(sql, dialect))
    length = len(bare.rstrip("; \t\r\n\f\v"))
    if not bare.strip(" ;\t\r\n\f\v") or ";" in bare[:length].strip():
        return None
    return sql[:length].strip()
