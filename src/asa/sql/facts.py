"""What one statement says of its tables: the data that the query rules judge by."""

from dataclasses import dataclass
from enum import Enum

from asa.sql.statement import Kind

__all__ = [
    "ColumnUse", "Computed", "Constant", "Facts", "Join", "Match", "Ordering", "Predicate",
    "TableUse", "Unknown",
]  # fmt: skip


class Match(Enum):
    """How a predicate compares its column."""

    EQUALITY = "equality"
    IN = "in"
    RANGE = "range"
    PREFIX = "prefix"
    PATTERN = "pattern"
    CONTAINS = "contains"
    NULL = "null"
    NOT = "not"
    EXPRESSION = "expression"


@dataclass(frozen=True, slots=True)
class TableUse:
    """One place where a statement names a table.

    Attributes:
        name: Unquoted, with its schema and a dot where that was given and is no default one.
        alias: What the statement calls it there.
    """

    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column of one place where a table is named.

    Attributes:
        table: The table's name.
        column: The column's name, unquoted.
        use: Index into `Facts.tables`: a table joined to itself has two.
    """

    table: str
    column: str
    use: int


@dataclass(frozen=True, slots=True)
class Predicate:
    """A column compared with values (not with columns of other tables: that is a `Join`).

    Attributes:
        at: The column.
        match: How it is compared. PREFIX is LIKE with a known start, PATTERN any other LIKE;
            CONTAINS asks for parts of a value, by PostgreSQL's `@>`, `&&`, `?`, `@@`: elements
            of an array, keys of a document, words of a text, the overlap of a range; NOT is a
            negation (`<>`, NOT IN, IS NOT NULL); EXPRESSION has the column inside a function,
            a cast or arithmetic, where a plain index cannot serve.
        alternative: Whether it stands under an OR, and so need not hold.
    """

    at: ColumnUse
    match: Match
    alternative: bool = False

    @property
    def table(self) -> str:
        """The table's name."""
        return self.at.table

    @property
    def column(self) -> str:
        """The column's name."""
        return self.at.column


@dataclass(frozen=True, slots=True)
class Computed:
    """An expression over columns of one place compared with values: `lower(email) = ?`.

    Attributes:
        at: Its first column.
        text: The expression in SQL, its columns without their table's name.
        match: How it is compared.
    """

    at: ColumnUse
    text: str
    match: Match


@dataclass(frozen=True, slots=True)
class Constant:
    """A condition that holds in every execution, the same each time: `deleted_at IS NULL`.

    Attributes:
        at: Its column.
        text: The condition in SQL, the column without its table's name.
        literal: Whether it holds a value that may be another one in the next execution, as
            the statement has no placeholders.
    """

    at: ColumnUse
    text: str
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """Two columns of different tables (or places) set equal, by ON, USING, WHERE or a subquery."""

    left: ColumnUse
    right: ColumnUse


@dataclass(frozen=True, slots=True)
class Ordering:
    """One column of an ORDER BY."""

    at: ColumnUse
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is certain of one statement; what could not be traced to a table is left out.

    Attributes:
        kind: What the statement does.
        tables: Base tables, one entry for each place where one is named.
        predicates: Comparisons with values.
        joins: Equalities between two places.
        order_by: Columns of the outermost ORDER BY in order; empty unless all are plain
            columns of one place, as only then an index can give the order.
        group_by: Columns of the outermost GROUP BY, on the same condition.
        reads: Every column read, anywhere.
        selected: Columns of the outermost select list that are plain columns.
        star: Whether a `*` or `t.*` is selected.
        distinct: Whether the outermost SELECT is DISTINCT.
        limited: Whether the outermost query has a LIMIT or FETCH.
        offset: Whether it has an OFFSET.
        writes: Name of the table written.
        complete: Whether every column named was traced to a table.
        computed: Comparisons of expressions that must hold.
        constants: Conditions that must hold and bear no placeholder.
        assigned: Columns that an UPDATE sets.
        computed_order: What the outermost ORDER BY begins with, where that is an expression.
    """

    kind: Kind
    tables: tuple[TableUse, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    joins: tuple[Join, ...] = ()
    order_by: tuple[Ordering, ...] = ()
    group_by: tuple[ColumnUse, ...] = ()
    reads: tuple[ColumnUse, ...] = ()
    selected: tuple[ColumnUse, ...] = ()
    star: bool = False
    distinct: bool = False
    limited: bool = False
    offset: bool = False
    writes: str | None = None
    complete: bool = True
    computed: tuple[Computed, ...] = ()
    constants: tuple[Constant, ...] = ()
    assigned: tuple[str, ...] = ()
    computed_order: Computed | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A statement of which nothing is known, with the reason as a clause."""

    reason: str
