"""Server defaults of models and database, compared by what they mean.

Alembic's own comparison raises on PostgreSQL's JSON and sees differences on MariaDB where there
are none. Here it is asked only where a project's env.py has a function of its own for it.
"""

import re
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    DefaultClause,
    Float,
    Integer,
    Numeric,
    Time,
    text,
)
from sqlalchemy.dialects.mysql import BIT
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeDecorator, TypeEngine

from asa.migrations.execution import escaped
from asa.migrations.spelling import sql_text
from asa.sql.default_expression import is_constant, same_default

__all__ = ["compare_server_defaults", "default_sql", "unescaped"]

MYSQL = frozenset(("mysql", "mariadb"))
BACKSLASH = "\\"
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
LISTED = text(
    "SELECT column_default, extra FROM information_schema.columns WHERE table_name = :table"
    " AND table_schema = coalesce(:schema, database()) AND column_name = :column"
)
KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Boolean, "boolean"),
    (Integer, "number"),
    (BigInteger, "number"),
    (Numeric, "number"),
    (Float, "number"),
    (DateTime, "time"),
    (Date, "time"),
    (Time, "time"),
    (JSON, "json"),
    (BIT, "bits"),
)


def compare_server_defaults(context: MigrationContext) -> None:
    """Let the comparison of a context see the defaults that differ, and no others."""

    def differing(there: Column[Any], wanted: Column[Any], *_rendered: str | None) -> bool:
        return differ(context, there, wanted)

    # Alembic's option takes a function too, but from 1.18 on fails with it at computed columns.
    context.impl.compare_server_default = differing  # type: ignore[method-assign]
    if not callable(context._user_compare_server_default):
        context._user_compare_server_default = True


def differ(context: MigrationContext, there: Column[Any], wanted: Column[Any]) -> bool:
    """Tell whether a column's default must change; what is no plain default is left alone."""
    if not is_plain(there.server_default) or not is_plain(wanted.server_default):
        return False
    before, after = reflected_sql(there), default_sql(wanted, context)
    if numbered(before) or numbered(after):
        return False
    kind = kind_of(wanted, context)
    return not is_same(context, there, before, after, kind) and not (
        context.dialect.name in MYSQL
        and is_same(context, there, full_default(context, there), after, kind)
    )


def is_same(
    context: MigrationContext, there: Column[Any], before: str | None, after: str | None, kind: str
) -> bool:
    """Tell whether two defaults are one; PostgreSQL itself is asked where it words things anew."""
    if before is None or after is None:
        return both_null(before, after) or is_implicit(context, there, before, after)
    if same_default(before, after, kind=kind, backslashes=context.dialect.name in MYSQL):
        return True
    if context.dialect.name != "postgresql":
        return False
    if is_constant(before) and is_constant(after):
        return same_constant(context, there, before, after)
    return spelled_by_database(context, there, after) == before


def is_plain(default: object) -> bool:
    """Tell whether a default is none, or SQL that says it."""
    return default is None or isinstance(default, DefaultClause)


def reflected_sql(column: Column[Any]) -> str | None:
    """Return the default of a reflected column as SQL; None where it has none."""
    default = column.server_default
    if not isinstance(default, DefaultClause):
        return None
    said = str(getattr(default.arg, "text", default.arg))
    if escaped(said) != said:
        # Alembic writes it without its escapes: once more, or JSON's colons are parameters.
        default.arg = text(escaped(said).replace(r"\:", r"\\:"))
    return said


def full_default(context: MigrationContext, column: Column[Any]) -> str | None:
    """Return a default as MySQL itself lists it: SQLAlchemy reads not every one of them whole."""
    connection = context.connection
    assert connection is not None  # noqa: S101  (defaults are compared online)
    row = connection.execute(
        LISTED, {"schema": column.table.schema, "table": column.table.name, "column": column.name}
    ).first()
    if row is None or row[0] is None:
        return None
    said = str(row[0])
    if getattr(context.dialect, "is_mariadb", False) or isinstance(column.type, BIT):
        return said
    if "DEFAULT_GENERATED" in str(row[1]):
        return unescaped(said)
    return "'" + said.replace("\\", "\\\\").replace("'", "''") + "'"


def unescaped(listed: str) -> str:
    """Return an expression as it is, of which MySQL lists quotes and backslashes escaped."""
    return ESCAPED.sub(r"\1", listed)


def default_sql(column: Column[Any], context: MigrationContext) -> str | None:
    """Return the default of a model's column as SQL; None where it has none."""
    in_mysql = context.dialect.name in MYSQL
    default = column.server_default
    if not isinstance(default, DefaultClause):
        return None
    if isinstance(default.arg, str):
        plain = default.arg.replace("'", "''")
        return f"'{plain.replace(BACKSLASH, 2 * BACKSLASH)}'" if in_mysql else f"'{plain}'"
    return sql_text(default.arg, context.dialect)


def numbered(default: str | None) -> bool:
    """Tell whether a sequence gives the value, which Alembic shows for some columns only."""
    return default is not None and "nextval" in default.lower()


def both_null(before: str | None, after: str | None) -> bool:
    """Tell whether neither gives a value: a default of NULL is none."""
    return {(one or "null").strip("() ").partition("::")[0].lower() for one in (before, after)} == {
        "null"
    }


def is_implicit(
    context: MigrationContext, there: Column[Any], before: str | None, after: str | None
) -> bool:
    """Tell whether MySQL gave a default of its own: to the first TIMESTAMP that may not be NULL."""
    if context.dialect.name not in MYSQL or before is None or after is not None:
        return False
    stamp = type(there.type).__name__ == "TIMESTAMP"
    return stamp and before.lower().startswith(("current_timestamp", "'0000-00-00"))


def kind_of(column: Column[Any], context: MigrationContext) -> str:
    """Return what a column holds, as `same_default` names it."""
    kind: TypeEngine[Any] = column.type
    if isinstance(kind, TypeDecorator):
        kind = kind.load_dialect_impl(context.dialect)
    if isinstance(kind, ARRAY):
        return ""
    return next((name for cls, name in KINDS if isinstance(kind, cls)), "")


def same_constant(context: MigrationContext, column: Column[Any], before: str, after: str) -> bool:
    """Ask PostgreSQL whether two constants are one value of a column's type."""
    kind = column.type.compile(dialect=context.dialect)
    asked = f"SELECT CAST({before} AS {kind})::text = CAST({after} AS {kind})::text"
    return answer(context, asked) is True


def spelled_by_database(context: MigrationContext, column: Column[Any], default: str) -> str | None:
    """Return a default in PostgreSQL's own words; None where it does not take it.

    Only PostgreSQL can tell how it spells an expression: a temporary table is given it, within
    a savepoint that is rolled back.
    """
    kind = column.type.compile(dialect=context.dialect)
    made = f"CREATE TEMPORARY TABLE asa_default (value {kind} DEFAULT {default}) ON COMMIT DROP"
    asked = (
        "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef"
        " WHERE adrelid = 'pg_temp.asa_default'::regclass"
    )
    told = answer(context, made, asked)
    return None if told is None else str(told)


def answer(context: MigrationContext, *statements: str) -> object:
    """Return the value that the last statement gives; None where one fails. All is undone."""
    connection = context.connection
    assert connection is not None  # noqa: S101  (defaults are compared online)
    savepoint = connection.begin_nested()
    value: object = None
    try:
        for statement in statements:
            result = connection.execute(text(escaped(statement)))
            value = result.scalar() if result.returns_rows else None
    except SQLAlchemyError:
        value = None
    finally:
        savepoint.rollback()
    return value
