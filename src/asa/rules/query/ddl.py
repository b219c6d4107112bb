"""The statements that rules on indexes propose, in each dialect's spelling."""

import re
from collections.abc import Sequence
from hashlib import blake2b

from asa.model.fix import AddIndex, IndexKey

__all__ = ["add_index", "drop_index", "index_name"]

WORD_BREAKS = re.compile(r"\W+")
PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
LONGEST_NAME = {"postgresql": 63, "mysql": 64}
RESERVED = frozenset(
    {
        *("all", "and", "any", "as", "asc", "by", "case", "check", "column", "create", "default"),
        *("delete", "desc", "distinct", "drop", "else", "end", "from", "for", "foreign", "group"),
        *("having", "in", "index", "insert", "into", "is", "join", "key", "left", "like", "limit"),
        *("not", "null", "on", "or", "order", "primary", "references", "right", "select", "set"),
        *("table", "then", "to", "union", "unique", "update", "user", "using", "values", "view"),
        *("when", "where", "with"),
    }
)


def index_name(dialect: str | None, table: str, columns: Sequence[str], kind: str = "") -> str:
    """Return the conventional name, `ix_<table>_<columns>`, within the dialect's length.

    `kind` tells it from another one with the same keys: `covering`, a condition.
    """
    words = [table, *(column.removesuffix(" DESC") for column in columns), kind]
    name = WORD_BREAKS.sub("_", "_".join(["ix", *filter(None, words)])).rstrip("_")
    longest = LONGEST_NAME.get(dialect or "", 63)
    if len(name) <= longest:
        return name
    digest = blake2b(name.encode(), digest_size=3).hexdigest()
    return f"{name[: longest - 7]}_{digest}"


def add_index(
    dialect: str | None,
    table: str,
    keys: Sequence[IndexKey],
    *,
    where: str | None = None,
    include: Sequence[str] = (),
    method: str | None = None,
    partitioned: bool = False,
) -> AddIndex:
    """Return an index with its name and the statement that creates it.

    On PostgreSQL it does not block writes, save on a partitioned table, where that cannot be.
    """
    kind = " ".join(filter(None, (method, "covering" if include else "", where)))
    name = index_name(dialect, table, [spoken(key) for key in keys], kind)
    beside = dialect == "postgresql" and not partitioned
    how = "INDEX CONCURRENTLY" if beside else "INDEX"
    place = ".".join(quoted(dialect, part) for part in table.split("."))
    listed = ", ".join(key_text(dialect, key) for key in keys)
    ddl = f"CREATE {how} {quoted(dialect, name)} ON {place}"
    ddl += f" USING {method} ({listed})" if method else f" ({listed})"
    if include:
        ddl += f" INCLUDE ({', '.join(quoted(dialect, column) for column in include)})"
    if where:
        ddl += f" WHERE {where}"
    return AddIndex(table, tuple(keys), name, ddl, where, tuple(include), method, dialect)


def spoken(key: IndexKey) -> str:
    """Return a key as a part of a name, no two different ones alike."""
    computed = "expr" if key.expression and "(" not in key.name else ""
    falling = "desc" if key.descending else ""
    return " ".join(filter(None, (key.name, computed, key.operators, falling)))


def key_text(dialect: str | None, key: IndexKey) -> str:
    """Return a key as the statement has it."""
    text = f"({key.name})" if key.expression else quoted(dialect, key.name)
    if key.length:
        text += f"({key.length})"
    if key.operators:
        text += f" {key.operators}"
    return text + " DESC" if key.descending else text


def drop_index(dialect: str | None, table: str, name: str) -> str:
    """Return the statement that drops an index; on PostgreSQL without blocking queries."""
    if dialect == "mysql":
        return f"DROP INDEX {quoted(dialect, name)} ON {quoted(dialect, table)}"
    if dialect == "postgresql":
        home = "".join(quoted(dialect, part) + "." for part in table.split(".")[:-1])
        return f"DROP INDEX CONCURRENTLY {home}{quoted(dialect, name)}"
    return f"DROP INDEX {quoted(dialect, name)}"


def quoted(dialect: str | None, name: str) -> str:
    """Return a name, quoted where the dialect would read it otherwise."""
    if PLAIN.fullmatch(name) and name not in RESERVED:
        return name
    mark = "`" if dialect == "mysql" else '"'
    return mark + name.replace(mark, mark * 2) + mark
