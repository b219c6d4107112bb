"""What a program maps: its classes and their relationships, as its own mappers tell them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column

from ..model.mapping import MappedClass, MappedRelationship  # noqa: TID252  (loaded by path)

__all__ = ["mapped_classes"]


def mapped_classes(registry: Any) -> Iterator[MappedClass]:
    """Yield the mapped classes of a registry.

    A SELECT of one of them runs already, so their mappers are configured.
    """
    for mapper in sorted(registry.mappers, key=lambda one: one.class_.__name__):
        table = mapper.local_table
        yield MappedClass(
            mapper.class_.__name__,
            mapper.class_.__module__,
            str(getattr(table, "fullname", table)),
            tuple(mapped_relationship(one) for one in mapper.relationships),
        )


def mapped_relationship(relationship: Any) -> MappedRelationship:
    """Return one relationship in plain data."""
    return MappedRelationship(
        name=relationship.key,
        target=relationship.mapper.class_.__name__,
        uselist=bool(relationship.uselist),
        lazy=str(relationship.lazy),
        columns=tuple(
            (f"{local.table.name}.{local.name}", f"{remote.table.name}.{remote.name}")
            for local, remote in relationship.local_remote_pairs
            if isinstance(local, Column) and isinstance(remote, Column)
        ),
        required=is_required(relationship),
    )


def is_required(relationship: Any) -> bool:
    """Tell whether a foreign key sees to it that there is a row at the other end.

    A condition of the relationship's own may leave that row out all the same: only what loads
    by primary key has none. SQLAlchemy tells that by no public name; where it is told no
    more, a foreign key is not relied on.
    """
    try:
        by_primary_key = bool(relationship._use_get)
    except Exception:  # noqa: BLE001  (a name of SQLAlchemy's own: whatever becomes of it)
        return False
    return by_primary_key and all(
        column.foreign_keys and not column.nullable for column in relationship.local_columns
    )
