"""MySQL's and MariaDB's form: a statement that says how it may work, and fails where it could not.

Without it the server copies the table, and writers wait, wherever it cannot do better.
"""

import re
from itertools import groupby
from typing import Any

from alembic.ddl.base import AddColumn
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy.schema import CreateIndex, DDLElement

from asa.migrations.safe.constraint import named_by_table
from asa.migrations.safe.operation import RemarkedOp, StatementOp
from asa.migrations.safe.pairing import Piece
from asa.model.operation import ExecuteSql

__all__ = ["without_waiting"]

REMARK = "The server refuses rather than let writers wait."
INPLACE = "ALGORITHM=INPLACE, LOCK=NONE"
INSTANT = "ALGORITHM=INSTANT"
NAME = r"(?:`[^`]+`|\w+)"
INDEX = re.compile(rf"CREATE (UNIQUE )?INDEX ({NAME}) ON {NAME}(?:\.{NAME})? (\(.*)", re.DOTALL)
EXPRESSION = re.compile(r"[(,]\s*\(")
# The first versions that add a column without touching a row.
MARIADB_INSTANT = (10, 4)
MYSQL_INSTANT = (8, 0, 29)


def without_waiting(
    pieces: list[Piece], large: frozenset[str], context: MigrationContext
) -> dict[int, ops.MigrateOperation | None]:
    """Return what takes the place of some operations of an upgrade, by their `id`.

    Those that follow each other on one table become one statement: then the first has it, the
    others have None.

    Args:
        pieces: What was generated.
        large: Tables that are there already and may have many rows.
        context: Of the database that was compared; it tells what the server can do.
    """
    engines = table_engines(context)
    able = frozenset(table for table in large if engines.get(table) == "innodb")
    quote = context.dialect.identifier_preparer
    found: dict[int, ops.MigrateOperation | None] = {}

    def manner(piece: Piece) -> tuple[str | None, str]:
        return piece.table, algorithm(piece.up[0], context) if piece.table in able else ""

    for (table, how), members in groupby(pieces, manner):
        operations = [piece.up[0] for piece in members]
        if how:
            clauses = [clause(one, context) for one in operations]
            sql = f"ALTER TABLE {named_by_table(str(table), quote)} {', '.join(clauses)}, {how}"
            found |= dict.fromkeys(map(id, operations))
            found[id(operations[0])] = RemarkedOp(REMARK, [StatementOp(sql, ExecuteSql(sql))])
    return found


def table_engines(context: MigrationContext) -> dict[str, str]:
    """Return the storage engine, in lower case, of each table that is not compressed."""
    assert context.connection is not None  # noqa: S101  (compared online)
    rows = context.connection.exec_driver_sql(
        "SELECT table_schema = database(), table_schema, table_name, lower(engine)"
        " FROM information_schema.tables WHERE engine IS NOT NULL"
        " AND coalesce(row_format, '') <> 'Compressed'"
    )
    return {
        name if here else f"{schema}.{name}": str(engine) for here, schema, name, engine in rows
    }


def algorithm(operation: Any, context: MigrationContext) -> str:
    """Return how the server can work at an operation while writers go on; empty where it cannot."""
    if isinstance(operation, ops.CreateIndexOp):
        # While a full-text or spatial one is built, or one over an expression, writers wait.
        parts = index_parts(operation, context)
        return INPLACE if parts and not EXPRESSION.search(parts[-1]) else ""
    if isinstance(operation, ops.DropIndexOp):
        return INPLACE
    instant = isinstance(operation, ops.AddColumnOp) and is_instant(operation, context)
    return INSTANT if instant else ""


def index_parts(operation: ops.CreateIndexOp, context: MigrationContext) -> tuple[str, ...]:
    """Return (`UNIQUE ` or nothing, name, columns) of an index; nothing for one of another kind."""
    found = INDEX.fullmatch(compiled(CreateIndex(operation.to_index()), context))
    return found.groups("") if found else ()


def clause(operation: Any, context: MigrationContext) -> str:
    """Return an operation as a part of ALTER TABLE."""
    if isinstance(operation, ops.DropIndexOp):
        return f"DROP INDEX {context.dialect.identifier_preparer.quote(operation.index_name)}"
    if isinstance(operation, ops.CreateIndexOp):
        kind, name, columns = index_parts(operation, context)
        return f"ADD {kind}INDEX {name} {columns}"
    column = operation.column._copy()
    ops.CreateTableOp(operation.table_name, [column]).to_table()
    made = compiled(AddColumn(operation.table_name, column), context)
    return made[made.index("ADD COLUMN") :]


def is_instant(operation: ops.AddColumnOp, context: MigrationContext) -> bool:
    """Tell whether the server adds a column without touching a row."""
    dialect: Any = context.dialect
    first = MARIADB_INSTANT if getattr(dialect, "is_mariadb", False) else MYSQL_INSTANT
    version = tuple(n for n in (dialect.server_version_info or ()) if isinstance(n, int))
    column = operation.column
    plain = not (column.computed or column.identity or column.foreign_keys or column.primary_key)
    default = column.server_default
    constant = default is None or isinstance(getattr(default, "arg", None), str)
    # What a required column without a default gets is for the review to say.
    known = column.nullable or default is not None
    return version >= first and plain and constant and known and column.comment is None


def compiled(element: DDLElement, context: MigrationContext) -> str:
    """Return a statement as the dialect spells it, but for the driver's double per cent signs."""
    text = str(element.compile(dialect=context.dialect)).strip()
    doubled = getattr(context.dialect.identifier_preparer, "_double_percents", False)
    return text.replace("%%", "%") if doubled else text
