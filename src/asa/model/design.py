"""What a model rule judges: a project's models and the code around them, side by side."""

from dataclasses import dataclass

from asa.model.finding import Location
from asa.model.mapping import DeclaredTable, MappedClass, ProjectModels
from asa.model.usage import AttributeSource, Usage

__all__ = ["SOFT_DELETE_COLUMNS", "Design", "soft_delete_column"]

SOFT_DELETE_COLUMNS = frozenset(
    {
        "date_deleted", "deleted", "deleted_at", "deleted_on", "deletion_time", "is_deleted",
        "removed_at", "soft_deleted",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Design:
    """All that a model rule may look at.

    Attributes:
        models: What importing the models told.
        usage: What reading the source told.
        dialect: Of the project's database; None where nothing tells.
    """

    models: ProjectModels
    usage: Usage
    dialect: str | None = None

    @property
    def tables(self) -> tuple[DeclaredTable, ...]:
        """Every table, once."""
        held = {t.name: t for facts in self.models.metadata for t in facts.declared}
        return tuple(held.values())

    def table(self, name: str) -> DeclaredTable | None:
        """Return the table of that name; None where there is none."""
        return next((table for table in self.tables if table.name == name), None)

    def mapped_class(self, name: str) -> MappedClass | None:
        """Return the mapped class of that name; None where there is none, or several."""
        found = [one for one in self.models.classes if one.name == name]
        return found[0] if len(found) == 1 else None

    def class_of(self, table: str) -> MappedClass | None:
        """Return the first class that maps a table; None where none does."""
        return next((one for one in self.models.classes if one.table == table), None)

    def subject(self, table: str, column: str | None = None) -> str:
        """Return how to speak of a table or column: `User.email`, else `users.email`."""
        owner = self.class_of(table)
        if column is None:
            return owner.name if owner else table
        attribute = owner.attribute(column) if owner else None
        return f"{owner.name}.{attribute}" if owner and attribute else f"{table}.{column}"

    def source(self, owner: MappedClass, attribute: str) -> AttributeSource | None:
        """Return how an attribute is spelt, in the class itself, a mixin or a base."""
        spelt = {found.owner: found for found in self.usage.attributes if found.name == attribute}
        return next((spelt[base] for base in owner.bases if base in spelt), None)

    def place_of(self, owner: MappedClass, attribute: str | None = None) -> Location | None:
        """Return where a class, or an attribute of it, is written."""
        spelt = self.source(owner, attribute) if attribute else None
        if spelt is not None:
            return spelt.location
        return Location(owner.file, owner.line or 0) if owner.file else None

    def place(self, table: str, column: str | None = None) -> Location | None:
        """Return where a table, or a column of it, is written."""
        owner = self.class_of(table)
        if owner is None:
            return self.usage.tables.get(table.rpartition(".")[2])
        return self.place_of(owner, owner.attribute(column) if column else "__table_args__")


def soft_delete_column(table: DeclaredTable) -> str | None:
    """Return the column that marks rows of a table as deleted; None without one."""
    return next((c.name for c in table.columns if c.name.lower() in SOFT_DELETE_COLUMNS), None)
