"""The foreign key that a relationship goes by."""

from asa.model.design import Design
from asa.model.mapping import DeclaredTable, MappedRelationship
from asa.model.schema import ForeignKey

__all__ = ["key_of"]


def key_of(
    design: Design, relationship: MappedRelationship
) -> tuple[DeclaredTable, ForeignKey] | None:
    """Return the child table of a one-to-many relationship and its key; None where unknown."""
    table = design.table(relationship.target_table)
    if table is None:
        return None
    columns = [remote.rpartition(".")[2] for _, remote in relationship.columns]
    key = table.foreign_key(*columns)
    return (table, key) if key else None
