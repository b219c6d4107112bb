"""The statements that rules on indexes propose, in each dialect's spelling."""

import re
from collections.abc import Sequence

__all__ = ["create_index", "drop_index", "index_name"]

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


def index_name(dialect: str | None, table: str, columns: Sequence[str]) -> str:
    """Return the conventional name, `ix_<table>_<columns>`, within the dialect's length."""
    words = [table.replace(".", "_"), *(column.removesuffix(" DESC") for column in columns)]
    return f"ix_{'_'.join(words)}"[: LONGEST_NAME.get(dialect or "", 63)]


def create_index(
    dialect: str | None,
    table: str,
    columns: Sequence[str],
    name: str,
    *,
    partitioned: bool = False,
) -> str:
    """Return the statement that creates an index.

    On PostgreSQL it does not block writes, save on a partitioned table, where that cannot be.
    """
    keys = ", ".join(
        quoted(dialect, column.removesuffix(" DESC"))
        + (" DESC" if column.endswith(" DESC") else "")
        for column in columns
    )
    beside = dialect == "postgresql" and not partitioned
    how = "INDEX CONCURRENTLY" if beside else "INDEX"
    place = ".".join(quoted(dialect, part) for part in table.split("."))
    return f"CREATE {how} {quoted(dialect, name)} ON {place} ({keys})"


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
