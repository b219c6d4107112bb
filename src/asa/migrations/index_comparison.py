"""Indexes over expressions on MySQL, of which SQLAlchemy reads no expression.

Compared without, each would be dropped and made again by every revision.
"""

from collections.abc import Iterable
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Index, Table, text
from sqlalchemy.schema import CreateIndex

from asa.migrations.server_default import unescaped
from asa.sql.default_expression import same_expression

__all__ = ["compare_indexes"]

LISTED = text(
    "SELECT index_name, non_unique, column_name, expression, sub_part, collation"
    " FROM information_schema.statistics WHERE table_name = :table"
    " AND table_schema = coalesce(:schema, database()) ORDER BY index_name, seq_in_index"
)


def compare_indexes(context: MigrationContext) -> None:
    """Let the comparison of a context see the expressions of indexes."""
    if context.dialect.name != "mysql" or getattr(context.dialect, "is_mariadb", False):
        return
    known = context.impl.correct_for_autogen_constraints

    def corrected(
        uniques: set[Any], indexes: set[Any], wanted_uniques: set[Any], wanted: set[Any]
    ) -> None:
        known(uniques, indexes, wanted_uniques, wanted)
        for index in unchanged(context, wanted, {str(index.name) for index in indexes}):
            for found in (uniques, indexes, wanted):
                found.difference_update([one for one in found if one.name == index.name])

    context.impl.correct_for_autogen_constraints = corrected  # type: ignore[method-assign,assignment]


def unchanged(context: MigrationContext, wanted: Iterable[Index], there: set[str]) -> list[Index]:
    """Return the indexes over expressions that the database has just so."""
    found = [
        index
        for index in wanted
        if index.name in there and any(not isinstance(key, Column) for key in index.expressions)
    ]
    listed = keys_there(context, found[0].table) if found and found[0].table is not None else {}
    return [
        index
        for index in found
        if same_expression(keys_wanted(context, index), listed.get(str(index.name), ""))
    ]


def keys_wanted(context: MigrationContext, index: Index) -> str:
    """Return the keys of a model's index as SQL, and before them whether it is unique."""
    made = str(CreateIndex(index).compile(dialect=context.dialect)).replace("%%", "%")
    name = context.dialect.identifier_preparer.format_index(index)
    before, _, after = made.partition(f"INDEX {name} ON ")
    return f"{'UNIQUE ' if 'UNIQUE' in before else ''}{after[after.index('(') :]}"


def keys_there(context: MigrationContext, table: Table) -> dict[str, str]:
    """Return the keys of each index of a table as SQL, and before them whether it is unique."""
    connection = context.connection
    assert connection is not None  # noqa: S101  (compared online)
    found: dict[str, str] = {}
    rows = connection.execute(LISTED, {"schema": table.schema, "table": table.name})
    for name, not_unique, column, expression, part, collation in rows:
        key = str(column) if column is not None else unescaped(str(expression))
        length, falling = f"({part})" if part else "", " DESC" if collation == "D" else ""
        before = f"{found[name]}, " if name in found else "" if int(not_unique) else "UNIQUE "
        found[name] = f"{before}{key}{length}{falling}"
    return found
