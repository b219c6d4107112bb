"""Column types of models and database, where Alembic's comparison sees too much or too little."""

from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Enum

from asa.migrations.enum_comparison import native

__all__ = ["compare_types"]


def compare_types(context: MigrationContext) -> None:
    """Let the comparison of a context see the types that differ, and no others.

    On MySQL the members of an enumeration are the column's type; Alembic compares them from
    1.18 on. SQLite's reflection gives a type that it does not know as another one.
    """
    known = context.impl.compare_type
    name = context.dialect.name

    def differing(there: Column[Any], wanted: Column[Any]) -> bool:
        one, other = there.type, native(wanted)
        if name in ("mysql", "mariadb") and isinstance(one, Enum) and other is not None:
            return {*one.enums} != {*other.enums}
        if name == "sqlite" and is_unknown(wanted, context):
            return False
        return bool(known(there, wanted))

    context.impl.compare_type = differing  # type: ignore[method-assign,assignment]


def is_unknown(column: Column[Any], context: MigrationContext) -> bool:
    """Tell whether a reflected column of this type would come back as another one."""
    spelled = column.type.compile(dialect=context.dialect).partition("(")[0]
    return spelled not in getattr(context.dialect, "ischema_names", {})
