"""Renames in a revision's operations: the drop and the add become one, in both directions.

Alembic's own reversal of an `AlterColumnOp` forgets the name, so both directions are built here.
What names the old column or table beside it (an index, a foreign key) stays as it is where the
rename carries it along, and is made anew where it really changes.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _alter_column, renderers
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column

from asa.migrations.operations import flattened
from asa.migrations.spelling import default_text

__all__ = ["carry_column", "carry_table"]

Name = Callable[[str, str], tuple[str, str]]


def render_rename(context: AutogenContext, operation: ops.RenameTableOp) -> str:
    """Return the line of a revision for a renamed table, for which Alembic has none."""
    prefix = context.opts["alembic_module_prefix"] if context.opts else "op."
    schema = f", schema={operation.schema!r}" if operation.schema else ""
    return f"{prefix}rename_table({operation.table_name!r}, {operation.new_table_name!r}{schema})"


class RenamedColumnOp(ops.AlterColumnOp):
    """An `AlterColumnOp` that renames, whose new name not every Alembic writes."""


def render_renamed(context: AutogenContext, operation: RenamedColumnOp) -> str:
    """Return the lines of a revision for a renamed column."""
    text: str = _alter_column(context, operation)
    if operation.modify_name is None or "new_column_name=" in text:
        return text
    return f"{text.removesuffix(')')},\n{' ' * 11}new_column_name={operation.modify_name!r})"


renderers.dispatch_for(RenamedColumnOp)(render_renamed)
with suppress(ValueError):  # a project, or a later Alembic, has one of its own
    renderers.dispatch_for(ops.RenameTableOp)(render_rename)


def carry_column(
    up: ops.UpgradeOps,
    down: ops.DowngradeOps,
    dropped: ops.DropColumnOp,
    added: ops.AddColumnOp,
    context: MigrationContext,
) -> None:
    """Put a renamed column in the place of one that is dropped and one that is added."""
    assert dropped._reverse is not None  # noqa: S101  (no candidate without it)
    table, schema = dropped.table_name, dropped.schema
    old, new = dropped._reverse.column, added.column

    def is_half(name: str) -> Callable[[Any], bool]:
        return lambda one: (
            isinstance(one, ops.AddColumnOp | ops.DropColumnOp)
            and (one.table_name, one.schema) == (table, schema)
            and (one.column.name if isinstance(one, ops.AddColumnOp) else one.column_name) == name
        )

    def now(of: str, column: str) -> tuple[str, str]:
        return (of, new.name) if (of, column) == (table, old.name) else (of, column)

    def then(of: str, column: str) -> tuple[str, str]:
        return (of, old.name) if (of, column) == (table, new.name) else (of, column)

    for container, one, other, name in ((up, old, new, now), (down, new, old, then)):
        for half in (old, new):
            take_out(container, is_half(half.name))
        take_out_carried(container, name)
        alter = altered(table, schema, one, other, context)
        container.ops.insert(0, ops.ModifyTableOps(table, [alter], schema=schema))


def altered(
    table: str,
    schema: str | None,
    before: Column[Any],
    after: Column[Any],
    context: MigrationContext,
) -> ops.AlterColumnOp:
    """Return the operation that makes one column into the other."""
    changes: dict[str, Any] = {}
    if differing_types(before, after, context):
        changes["modify_type"] = after.type
    if before.nullable != after.nullable:
        changes["modify_nullable"] = after.nullable
    if bare(before, context) != bare(after, context):
        changes["modify_server_default"] = after.server_default
    return RenamedColumnOp(
        table,
        before.name,
        schema=schema,
        existing_type=before.type,
        existing_nullable=before.nullable,
        existing_server_default=before.server_default or False,
        existing_comment=before.comment,
        modify_name=after.name,
        **changes,
    )


def differing_types(before: Column[Any], after: Column[Any], context: MigrationContext) -> bool:
    """Tell whether a type changes, as env.py or else Alembic compares types."""
    asked = context._user_compare_type
    if callable(asked):
        said = asked(context, before, after, before.type, after.type)
        if said is not None:
            return bool(said)
    return bool(asked) and bool(context.impl.compare_type(before, after))


def bare(column: Column[Any], context: MigrationContext) -> str | None:
    """Return a server default without what databases put around it."""
    text = default_text(column.server_default, context.dialect)
    return text.partition("::")[0].strip("()'\" ").lower() if text else None


def carry_table(
    up: ops.UpgradeOps,
    down: ops.DowngradeOps,
    dropped: ops.DropTableOp,
    added: ops.CreateTableOp,
    context: MigrationContext,
) -> None:
    """Put a renamed table in the place of one that is dropped and one that is added."""
    assert dropped._reverse is not None  # noqa: S101  (no candidate without it)
    old, new, schema = dropped.table_name, added.table_name, dropped.schema
    before, after = dropped._reverse, added
    for container, first, second in ((up, before, after), (down, after, before)):
        source, target = first.table_name, second.table_name

        def name(of: str, column: str, was: str = source, becomes: str = target) -> tuple[str, str]:
            return (becomes if of == was else of, column)

        for table in (old, new):
            take_out(container, partial(is_table, table, schema))
        move_parts(container, source, target, schema)
        take_out_carried(container, name)
        changed = column_changes(first, second, context)
        if changed:
            container.ops.insert(0, ops.ModifyTableOps(target, changed, schema=schema))
        container.ops.insert(0, ops.RenameTableOp(source, target, schema=schema))


def is_table(table: str, schema: str | None, operation: Any) -> bool:
    """Tell whether an operation makes or drops a table."""
    return isinstance(operation, ops.CreateTableOp | ops.DropTableOp) and (
        operation.table_name,
        operation.schema,
    ) == (table, schema)


def move_parts(container: ops.OpContainer, source: str, target: str, schema: str | None) -> None:
    """Let what is dropped from the old table be dropped from the renamed one."""
    for one in flattened(container.ops):
        dropping = isinstance(one, ops.DropIndexOp | ops.DropConstraintOp)
        if dropping and (one.table_name, one.schema) == (source, schema):  # type: ignore[attr-defined]
            one.table_name = target  # type: ignore[attr-defined]
    for one in container.ops:
        if isinstance(one, ops.ModifyTableOps) and one.table_name == source:
            one.table_name = target


def column_changes(
    before: ops.CreateTableOp, after: ops.CreateTableOp, context: MigrationContext
) -> list[ops.MigrateOperation]:
    """Return what makes the columns of one table into those of the other."""
    old, new = ({c.name: c for c in op.columns if isinstance(c, Column)} for op in (before, after))
    table, schema = after.table_name, after.schema
    changes: list[ops.MigrateOperation] = []
    for name, column in new.items():
        if name not in old:
            changes.append(ops.AddColumnOp(table, column._copy(), schema=schema))
            continue
        alter = altered(table, schema, old[name], column, context)
        alter.modify_name = None
        if alter.has_changes():
            changes.append(alter)
    for name, column in old.items():
        if name not in new:
            reverse = ops.AddColumnOp(table, column._copy(), schema=schema)
            changes.append(ops.DropColumnOp(table, name, schema=schema, _reverse=reverse))
    return changes


def take_out(container: ops.OpContainer, unwanted: Callable[[Any], bool]) -> None:
    """Take operations out, wherever in the container they are."""
    kept: list[ops.MigrateOperation] = []
    for one in container.ops:
        if isinstance(one, ops.OpContainer):
            take_out(one, unwanted)
            if one.ops:
                kept.append(one)
        elif not unwanted(one):
            kept.append(one)
    container.ops[:] = kept


def take_out_carried(container: ops.OpContainer, name: Name) -> None:
    """Take out what is dropped and made again although the rename carries it along."""
    made = {signature(one, lambda of, column: (of, column)): one for one in creations(container)}
    carried = set()
    for one in flattened(container.ops):
        if isinstance(one, ops.DropIndexOp | ops.DropConstraintOp):
            again = made.get(signature(reversal(one), name))
            if again is not None:
                carried |= {id(one), id(again)}
    take_out(container, lambda one: id(one) in carried)


def creations(container: ops.OpContainer) -> list[Any]:
    """Return the operations that make an index or a constraint."""
    kinds = (ops.CreateIndexOp, ops.CreateForeignKeyOp, ops.CreateUniqueConstraintOp)
    return [one for one in flattened(container.ops) if isinstance(one, kinds)]


def reversal(operation: Any) -> Any:
    """Return what makes again what an operation drops; None where Alembic does not know."""
    try:
        return operation.reverse()
    except ValueError:
        return None


def signature(operation: Any, name: Name) -> Any:
    """Return what an index or a constraint is, its columns as they are called after a rename."""
    if isinstance(operation, ops.CreateForeignKeyOp):
        source, target = operation.source_table, operation.referent_table
        return (
            "foreign key",
            tuple(name(source, column) for column in operation.local_cols),
            tuple(name(target, column) for column in operation.remote_cols),
            operation.kw.get("ondelete"),
        )
    if isinstance(operation, ops.CreateUniqueConstraintOp):
        table = operation.table_name
        columns = frozenset(name(table, column) for column in map(str, operation.columns))
        return ("unique", operation.constraint_name, columns)
    if isinstance(operation, ops.CreateIndexOp):
        table = operation.table_name
        names = (getattr(column, "name", None) or str(column) for column in operation.columns)
        columns_named = tuple(name(table, column) for column in names)
        return ("index", operation.index_name, columns_named, bool(operation.unique))
    return (None, id(operation))
