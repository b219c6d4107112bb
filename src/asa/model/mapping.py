"""A project's mapped classes and metadata, as its own interpreter told them."""

from dataclasses import dataclass

__all__ = ["MappedClass", "MappedRelationship", "MetadataFacts", "ProjectModels"]


@dataclass(frozen=True, slots=True)
class MappedRelationship:
    """One relationship of a mapped class.

    Attributes:
        name: Attribute name.
        target: Class name at the other end.
        uselist: Whether it holds a collection.
        lazy: Loader strategy as declared: `select`, `selectin`, `raise`, ...
        columns: (local column, remote column) pairs, `table.column` each.
    """

    name: str
    target: str
    uselist: bool
    lazy: str
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MappedClass:
    """One mapped class and where its source is."""

    name: str
    module: str
    table: str
    relationships: tuple[MappedRelationship, ...] = ()
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class MetadataFacts:
    """One MetaData of the project.

    Attributes:
        reference: `module:attribute`, a base class or a MetaData.
        tables: Full names of its tables.
    """

    reference: str
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectModels:
    """All that was learnt by importing the project's model modules.

    Attributes:
        metadata: One entry per MetaData asked for.
        classes: Every mapped class.
        modules: Modules imported, in order.
    """

    metadata: tuple[MetadataFacts, ...]
    classes: tuple[MappedClass, ...] = ()
    modules: tuple[str, ...] = ()
