"""Wherein a schema after a downgrade differs from the one before the upgrade."""

from collections.abc import Iterator

from asa.model.schema import Index, Schema, Table

__all__ = ["not_undone"]

Difference = tuple[str, str]


def not_undone(before: Schema, up: Schema, down: Schema) -> tuple[Difference, ...]:
    """Return what a downgrade left, lost or changed, as (word, thing) pairs.

    Args:
        before: The schema before the upgrade.
        up: The schema after it.
        down: The schema after the downgrade.
    """
    return tuple(differences(before, up, down))


def differences(before: Schema, up: Schema, down: Schema) -> Iterator[Difference]:
    """Yield the differences, table by table."""
    for table in down.tables:
        if before.table(table.name) is None:
            yield "left", f"table {table.name}"
    for table in before.tables:
        now = down.table(table.name)
        if now is None:
            yield "lost", f"table {table.name}"
        else:
            yield from columns(table, now)
            yield from indexes(table, up.table(table.name), now)
            yield from foreign_keys(table, now)


def columns(before: Table, down: Table) -> Iterator[Difference]:
    """Yield the columns of a table that are not as they were; their order does not count."""
    for column in down.columns:
        if before.column(column.name) is None:
            yield "left", f"column {down.name}.{column.name}"
    for column in before.columns:
        name = f"column {before.name}.{column.name}"
        now = down.column(column.name)
        if now is None:
            yield "lost", name
            continue
        if column.type.lower() != now.type.lower():
            yield "changed", f"{name}, {column.type.lower()} to {now.type.lower()}"
        if column.nullable != now.nullable:
            yield "changed", f"{name}, {'null allowed' if now.nullable else 'not null'}"


def indexes(before: Table, up: Table | None, down: Table) -> Iterator[Difference]:
    """Yield the indexes that are not as they were."""
    one, other = ({key(index): index for index in table.indexes} for table in (before, down))
    for found in other.keys() - one.keys():
        if not serves_key(other[found], up):
            yield "left", index_text(other[found], down)
    for found in one.keys() - other.keys():
        yield "lost", index_text(one[found], before)


def key(index: Index) -> tuple[object, ...]:
    """Return what tells an index from another; the name of a primary key says nothing."""
    name = None if index.primary else index.name
    return (name, index.columns, index.unique, index.where)


def serves_key(index: Index, up: Table | None) -> bool:
    """Tell whether MySQL made an index for a foreign key, and kept it when the key went."""
    keys = up.foreign_keys if up else ()
    return not index.unique and any(
        key.columns == index.columns and index.name in (key.name, key.columns[0]) for key in keys
    )


def index_text(index: Index, table: Table) -> str:
    """Return an index in words."""
    kind = "unique" if index.unique else "index"
    name = f"{index.name} on " if index.name else ""
    return f"{kind} {name}{table.name} ({', '.join(index.columns)})"


def foreign_keys(before: Table, down: Table) -> Iterator[Difference]:
    """Yield the foreign keys that are not as they were; a database may name them as it likes."""
    one, other = (
        {(key.columns, key.table, key.target, key.on_delete) for key in table.foreign_keys}
        for table in (before, down)
    )
    for columns, target, _, _ in other - one:
        yield "left", f"foreign key {down.name} ({', '.join(columns)}) to {target}"
    for columns, target, _, _ in one - other:
        yield "lost", f"foreign key {before.name} ({', '.join(columns)}) to {target}"
