"""Members of enumerations that a CHECK keeps, in the models and in the database.

So they are kept where the database has no such type, or the models want none. Alembic does not
compare CHECK constraints.
"""

import re
from collections.abc import Iterator
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Column, Enum, Table, inspect
from sqlalchemy.types import TypeDecorator

from asa.migrations.execution import escaped, literal
from asa.migrations.metadata import metadata_of

__all__ = ["ReplaceCheckOp", "add_checks"]

STRING = re.compile(r"'((?:[^']|'')*)'")
ESCAPED_STRING = re.compile(r"'((?:[^'\\]|''|\\.)*)'")


class ReplaceCheckOp(ops.MigrateOperation):
    """Give a CHECK of a column's members another condition.

    Attributes:
        before: Members that it lets pass now.
        after: Members that it lets pass afterwards.
        column: As SQL takes it, quoted.
        validated: False for PostgreSQL's NOT VALID.
    """

    def __init__(
        self,
        table_name: str,
        schema: str | None,
        name: str,
        column: str,
        before: tuple[str, ...],
        after: tuple[str, ...],
    ) -> None:
        self.table_name = table_name
        self.schema = schema
        self.name = name
        self.column = column
        self.before = before
        self.after = after
        self.validated = True

    @property
    def condition(self) -> str:
        """The new condition as SQL."""
        return f"{self.column} IN ({', '.join(literal(member) for member in self.after)})"

    def reverse(self) -> "ReplaceCheckOp":
        """Return the operation that undoes it."""
        return ReplaceCheckOp(
            self.table_name, self.schema, self.name, self.column, self.after, self.before
        )


def add_checks(directive: ops.MigrationScript, context: MigrationContext) -> None:
    """Put the changes of members into a revision, beside what else changes their tables."""
    up, down = directive.upgrade_ops, directive.downgrade_ops
    if up is None or down is None:
        return
    for change in changes(context):
        beside(up, change, first=False)
        beside(down, change.reverse(), first=True)


def beside(container: ops.OpContainer, change: ReplaceCheckOp, *, first: bool) -> None:
    """Put a change where its table is changed already, so that batch mode works once."""
    key = (change.table_name, change.schema)
    for one in container.ops:
        if isinstance(one, ops.ModifyTableOps) and (one.table_name, one.schema) == key:
            one.ops.insert(0 if first else len(one.ops), change)
            return
    container.ops.append(ops.ModifyTableOps(change.table_name, [change], schema=change.schema))


def changes(context: MigrationContext) -> Iterator[ReplaceCheckOp]:
    """Yield what makes the members equal."""
    inspector = inspect(context.connection)
    assert inspector is not None  # noqa: S101  (compared online)
    quote = context.dialect.identifier_preparer.quote
    for metadata in metadata_of(context):
        for table in metadata.tables.values():
            checked = list(checked_columns(table, context))
            if not checked or not inspector.has_table(table.name, schema=table.schema):
                continue
            there = inspector.get_check_constraints(table.name, schema=table.schema)
            for column, kind, name in checked:
                found = next((one for one in there if is_it(one, column, name)), None)
                if found is None:
                    continue
                members = members_in(found["sqltext"], context)
                if members and {*members} != {*kind.enums}:
                    called = str(found["name"] or f"ck_{table.name}_{column.name}")
                    after = tuple(kind.enums)
                    yield ReplaceCheckOp(
                        table.name, table.schema, called, quote(column.name), members, after
                    )


def checked_columns(
    table: Table, context: MigrationContext
) -> Iterator[tuple[Column[Any], Enum, str | None]]:
    """Yield (column, enumeration, constraint's name) of the columns whose members are checked."""
    format_name: Any = context.dialect.identifier_preparer.format_constraint
    for column in table.columns:
        kind: Any = column.type
        kind = kind.impl if isinstance(kind, TypeDecorator) else kind
        if not isinstance(kind, Enum) or not kind.create_constraint:
            continue
        if kind.native_enum and context.dialect.supports_native_enum:
            continue
        for constraint in table.constraints:
            bound = isinstance(constraint, CheckConstraint) and constraint._type_bound
            if bound and any(one is column for one in constraint.columns):  # type: ignore[attr-defined]
                yield column, kind, format_name(constraint, _alembic_quote=False)


def members_in(condition: str, context: MigrationContext) -> tuple[str, ...]:
    """Return the members that a reflected CHECK lets pass."""
    if context.dialect.name in ("mysql", "mariadb"):
        found = ESCAPED_STRING.findall(condition)
        return tuple(re.sub(r"\\(.)", r"\1", one.replace("''", "'")) for one in found)
    return tuple(one.replace("''", "'") for one in STRING.findall(condition))


def is_it(found: Any, column: Column[Any], name: str | None) -> bool:
    """Tell whether a reflected CHECK is the one of a column's members."""
    if name is not None:
        return bool(found["name"] == name)
    condition = str(found["sqltext"])
    return bool(STRING.search(condition) and re.search(rf"\b{re.escape(column.name)}\b", condition))


def render(context: AutogenContext, operation: ReplaceCheckOp) -> list[str]:
    """Return the lines of a revision for another condition."""
    condition = escaped(operation.condition)
    if context._has_batch:
        name = f"batch_op.f({operation.name!r})"
        return [
            f"batch_op.drop_constraint({name}, type_='check')",
            f"batch_op.create_check_constraint({name}, {condition!r})",
        ]
    name = f"op.f({operation.name!r})"
    schema = f", schema={operation.schema!r}" if operation.schema else ""
    table = operation.table_name
    options = schema if operation.validated else f"{schema}, postgresql_not_valid=True"
    return [
        f"op.drop_constraint({name}, {table!r}, type_='check'{schema})",
        f"op.create_check_constraint({name}, {table!r}, {condition!r}{options})",
    ]


renderers.dispatch_for(ReplaceCheckOp)(render)
