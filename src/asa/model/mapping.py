"""A project's mapped classes and metadata, as its own interpreter told them."""

from dataclasses import dataclass

from .schema import ForeignKey, Index

__all__ = [
    "DeclaredCheck",
    "DeclaredColumn",
    "DeclaredTable",
    "Default",
    "MappedClass",
    "MappedRelationship",
    "MetadataFacts",
    "ProjectModels",
]


@dataclass(frozen=True, slots=True)
class Default:
    """What Python gives a column that an INSERT or UPDATE does not name.

    Attributes:
        kind: `value`, `mutable` (a list, dict or set that every row shares), `function`, or
            `sql` for an expression or sequence that the database computes.
        text: Full name of the function, `datetime.utcnow`, `app.clock.now`; the value's type
            name otherwise.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class DeclaredColumn:
    """One column as the models declare it.

    Attributes:
        name: In the database.
        kinds: Class names of its type from the nearest to the most general, those of
            SQLAlchemy only: `("BIGINT", "BigInteger", "Integer")`. What a decorator stands on.
        nullable: Whether NULL may be stored.
        length: In characters; None where it has none.
        timezone: Whether a time keeps its zone; None for other types.
        type_name: Name of an enumeration's type; None where it has none.
        native: Whether an enumeration is the database's own type; None for other types.
        decorated: Name of the project's own type around it; None for a plain one.
        variants: Dialects for which another type is declared.
        default: Of INSERT, in Python; likewise `onupdate`, of UPDATE.
        server_default: Whether the database has a default, an identity or a computation.
        autoincrement: Whether the database may number it.
    """

    name: str
    kinds: tuple[str, ...]
    nullable: bool = True
    length: int | None = None
    timezone: bool | None = None
    type_name: str | None = None
    native: bool | None = None
    decorated: str | None = None
    variants: tuple[str, ...] = ()
    default: Default | None = None
    onupdate: Default | None = None
    server_default: bool = False
    autoincrement: bool = False

    def is_a(self, *kinds: str) -> bool:
        """Tell whether its type is one of these or a special case of one."""
        return any(kind in self.kinds for kind in kinds)


@dataclass(frozen=True, slots=True)
class DeclaredCheck:
    """A CHECK constraint; `text` is its condition."""

    name: str | None
    text: str


@dataclass(frozen=True, slots=True)
class DeclaredTable:
    """One table as the models declare it.

    Attributes:
        name: With its schema and a dot where it has one.
        columns: In order.
        primary_key: Names of its columns; likewise `uniques`, with each constraint's name.
        indexes: Not those of constraints.
        convention: Kinds of constraint that the naming convention names: `ix`, `uq`, `fk`, ...
        index_pattern: How it names indexes: `ix_%(column_0_label)s`; None where that is unknown.
    """

    name: str
    columns: tuple[DeclaredColumn, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str | None, tuple[str, ...]], ...] = ()
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[DeclaredCheck, ...] = ()
    convention: frozenset[str] = frozenset()
    index_pattern: str | None = None

    def column(self, name: str) -> DeclaredColumn | None:
        """Return the column of that name; None where there is none."""
        return next((column for column in self.columns if column.name == name), None)

    def foreign_key(self, *columns: str) -> ForeignKey | None:
        """Return the foreign key of exactly these columns, in any order; None without one."""
        return next((f for f in self.foreign_keys if set(f.columns) == set(columns)), None)


@dataclass(frozen=True, slots=True)
class MappedRelationship:
    """One relationship of a mapped class.

    Attributes:
        name: Attribute name.
        target: Class name at the other end.
        uselist: Whether it holds a collection.
        lazy: Loader strategy as declared: `select`, `selectin`, `raise`, ...
        columns: (local column, remote column) pairs, `table.column` each.
        direction: `one-to-many`, `many-to-one` or `many-to-many`.
        back_populates: The other end's attribute; None where neither end names the other.
        cascade: `save-update`, `merge`, `delete`, `delete-orphan`, ...
        passive_deletes: Whether deleting leaves the children to the database.
        single_parent: Whether an object may have one parent only.
        viewonly: Whether it writes nothing.
        target_table: Table at the other end.
        secondary: Association table; None without one.
        required: Whether a foreign key sees to it that there is a row at the other end.
    """

    name: str
    target: str
    uselist: bool
    lazy: str
    columns: tuple[tuple[str, str], ...] = ()
    direction: str = ""
    back_populates: str | None = None
    cascade: frozenset[str] = frozenset()
    passive_deletes: bool = False
    single_parent: bool = False
    viewonly: bool = False
    target_table: str = ""
    secondary: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class MappedClass:
    """One mapped class and where its source is.

    Attributes:
        attributes: (attribute, column) names where a class has an attribute for a column of
            its table.
        bases: `module:Class` of the project's classes that it inherits from, itself first.
        is_awaitable: Whether it has `awaitable_attrs`.
        inherits_arguments: Whether another class gives it its `__table_args__`.
    """

    name: str
    module: str
    table: str
    relationships: tuple[MappedRelationship, ...] = ()
    file: str | None = None
    line: int | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    bases: tuple[str, ...] = ()
    is_awaitable: bool = False
    inherits_arguments: bool = False

    def attribute(self, column: str) -> str | None:
        """Return the attribute of a column; None where the class has none."""
        return next((name for name, held in self.attributes if held == column), None)


@dataclass(frozen=True, slots=True)
class MetadataFacts:
    """One MetaData of the project.

    Attributes:
        reference: `module:attribute`, a base class or a MetaData.
        tables: Full names of its tables.
        declared: The same tables with all that is declared of them.
    """

    reference: str
    tables: tuple[str, ...]
    declared: tuple[DeclaredTable, ...] = ()


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
