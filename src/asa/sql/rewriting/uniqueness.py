"""Whether the rows of a query are all different."""

from collections.abc import Iterable

from sqlglot import exp

from asa.model.schema import Table
from asa.sql.names import argument, is_star, joined_tables
from asa.sql.rewriting.draft import Draft

__all__ = ["gives_key", "is_key", "joined_once", "nullable"]


def is_key(table: Table, columns: Iterable[str]) -> bool:
    """Tell whether some columns hold a key of a table: no two rows have the same there."""
    given = {column.lower() for column in columns}
    return any(
        index.unique
        and index.valid
        and index.where is None
        and {column.lower() for column in index.columns} <= given
        and not nullable(table, index.columns)
        for index in table.indexes
    )


def nullable(table: Table, columns: Iterable[str]) -> bool:
    """Tell whether one of some columns may be NULL, or is none.

    SQLite's catalog calls an integer primary key nullable, and it never is.
    """
    keys = {name.lower() for index in table.indexes if index.primary for name in index.columns}
    found = [table.column(name) for name in columns if name.lower() not in keys]
    return any(column is None or column.nullable for column in found)


def gives_key(draft: Draft, select: exp.Select, tables: dict[str, Table]) -> bool:
    """Tell whether the select list names the key of each table that can multiply rows."""
    stars = {item.table.lower() for item in select.expressions if is_star(item) and item.table}
    everything = any(isinstance(item, exp.Star) for item in select.expressions)
    given: dict[str, set[str]] = {alias: set() for alias in tables}
    for item in select.expressions:
        bare = item.unalias()
        found = draft.column(bare, tables)
        if found is not None:
            alias = bare.table.lower() or next(a for a, t in tables.items() if t is found[0])
            given[alias].add(found[1].name)
    single = joined_once(select, tables)
    return all(
        everything or alias in stars or alias in single or is_key(table, given[alias])
        for alias, table in tables.items()
    )


def joined_once(select: exp.Select, tables: dict[str, Table]) -> set[str]:
    """Return the aliases of joined tables of which at most one row meets each row before."""
    found = set()
    for join in joined_tables(select):
        on = argument(join, "on")
        alias = join.this.alias_or_name.lower()
        if on is None or alias not in tables:
            continue
        parts = on.flatten() if isinstance(on, exp.And) else [on]
        equal = [
            side.name
            for part in parts
            if isinstance(part, exp.EQ)
            for side in (part.this, part.expression)
            if isinstance(side, exp.Column) and side.table.lower() == alias
        ]
        if is_key(tables[alias], equal):
            found.add(alias)
    return found
