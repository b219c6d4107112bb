"""How names, types and clauses are spelled in a dialect's SQL."""

from typing import Any

from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import conv
from sqlalchemy.types import TypeEngine

__all__ = ["default_text", "kept_name", "qualified", "sql_text", "type_text"]


def qualified(table: str, schema: str | None) -> str:
    """Return the name with its schema."""
    return f"{schema}.{table}" if schema else table


def kept_name(name: object, dialect: Dialect) -> str | None:
    """Return an index's or constraint's name as SQLAlchemy spells it in SQL; None for none.

    A name by convention, or in `op.f()`, that is too long is cut and given a hash, the same
    one wherever it is dropped again.
    """
    if not name:
        return None
    if not isinstance(name, conv):
        return str(name)
    preparer = dialect.identifier_preparer
    return str(preparer.truncate_and_render_constraint_name(name, _alembic_quote=False))


def type_text(kind: TypeEngine[Any] | type[TypeEngine[Any]] | None, dialect: Dialect) -> str | None:
    """Return a type in the database's spelling; its Python form where there is none."""
    if kind is None:
        return None
    instance = kind() if isinstance(kind, type) else kind
    try:
        return str(instance.compile(dialect=dialect))
    except SQLAlchemyError:
        return repr(instance)


def sql_text(element: object, dialect: Dialect) -> str:
    """Return a clause as SQL, literal values in place."""
    if not isinstance(element, ClauseElement):
        return str(element)
    try:
        return str(element.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    except (SQLAlchemyError, NotImplementedError):
        return str(element)


def default_text(default: object, dialect: Dialect) -> str | None:
    """Return a server default as SQL; None where there is none."""
    if default is None or default is False:
        return None
    argument = getattr(default, "arg", getattr(default, "sqltext", default))
    return sql_text(argument, dialect)
