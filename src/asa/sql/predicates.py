"""Facts of one statement, read from its syntax tree."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from asa.sql.facts import Facts, Unknown
from asa.sql.lexis import guessed
from asa.sql.placeholders import placeholders
from asa.sql.statement import Kind, kind

__all__ = ["facts"]

LONGEST_PARSED = 100_000
WITH_FACTS = (Kind.SELECT, Kind.INSERT, Kind.UPDATE, Kind.DELETE)

Columns = Mapping[str, Collection[str]]


def facts(sql: str, dialect: str | None = None, columns: Columns | None = None) -> Facts | Unknown:
    """Read what a statement says of its tables.

    Args:
        sql: One statement, in any placeholder style. Parsing takes about a millisecond: ask
            once for each query class.
        dialect: `postgresql`, `mysql` or `sqlite`; None where unknown.
        columns: The columns of each table, by name, to trace columns without a table's name
            where several tables are read; without it such columns are left out.

    Returns:
        The facts, or `Unknown` with the reason; never raises.
    """
    known = None
    if columns is not None:
        known = tuple((table, tuple(names)) for table, names in columns.items())
    return remembered(sql, dialect, known)


@lru_cache(maxsize=512)
def remembered(
    sql: str, dialect: str | None, columns: tuple[tuple[str, tuple[str, ...]], ...] | None
) -> Facts | Unknown:
    """Do as `facts`, once for each statement."""
    dialect = guessed(sql, dialect)
    if len(sql) > LONGEST_PARSED:
        return Unknown(f"longer than {LONGEST_PARSED // 1000} kB")
    found = kind(sql, dialect)
    if found not in WITH_FACTS:
        return Unknown(f"{found.value} statement")
    # sqlglot costs a tenth of a second to import: only who asks for facts pays it.
    from asa.sql.syntax import read_facts

    names = {} if columns is None else {t.lower(): frozenset(map(str.lower, c)) for t, c in columns}
    return read_facts(named(sql, dialect), found, dialect, names)


def named(sql: str, dialect: str | None) -> str:
    """Write placeholders as `:p`, which every parser takes, and `%%` as `%`."""
    found = placeholders(sql, dialect)
    escaped = any(mark.style.value.startswith("%") for mark in found)
    pieces: list[str] = []
    last = 0
    for mark in found:
        pieces += (sql[last : mark.start], ":p")
        last = mark.end
    text = "".join((*pieces, sql[last:]))
    return text.replace("%%", "%") if escaped else text
