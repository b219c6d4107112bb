"""Which table a column's name in a statement belongs to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from asa.sql.facts import ColumnUse, TableUse

__all__ = [
    "ColumnSets",
    "Derived",
    "Names",
    "Node",
    "Traced",
    "argument",
    "is_star",
    "joined_tables",
]

# The class of every node: renamed in sqlglot 28.
if TYPE_CHECKING:
    Node = exp.Expr
else:
    Node = getattr(exp, "Expr", exp.Expression)

ColumnSets = Mapping[str, frozenset[str]]
DEFAULT_SCHEMAS = {"postgresql": "public", "sqlite": "main"}


@dataclass(slots=True)
class Derived:
    """The columns that a subquery or common table expression gives out.

    Attributes:
        outputs: Name in lower case to the base column it is; None for a computed one.
        passed: Sources whose columns pass through a `*`.
    """

    outputs: dict[str, ColumnUse | None] = field(default_factory=dict)
    passed: list["Source"] = field(default_factory=list)
    opaque: bool = False


Source = int | Derived
"""An index into the statement's tables, or a derived table."""


@dataclass(slots=True)
class Names:
    """The sources that one SELECT can name, and those of the queries around it.

    Attributes:
        outer: Names of the query around.
        expressions: Common table expressions in sight, by name in lower case.
        sources: By alias in lower case.
        aliases: The select list's own names, for ORDER BY and GROUP BY.
    """

    outer: "Names | None"
    expressions: dict[str, Derived]
    sources: dict[str, Source] = field(default_factory=dict)
    aliases: dict[str, ColumnUse | None] = field(default_factory=dict)

    def below(self) -> "Names":
        """Return the names that a query inside this one starts from."""
        return Names(self, dict(self.expressions))


class Traced:
    """The tables and columns of one statement as they are found.

    Attributes:
        tables: Base tables in order.
        reads: Columns read, in order.
        complete: Whether every column named could be traced.
    """

    def __init__(self, dialect: str | None, columns: ColumnSets) -> None:
        self.dialect = dialect
        self.columns = columns
        self.tables: list[TableUse] = []
        self.reads: dict[ColumnUse, None] = {}
        self.complete = True

    def spelt(self, identifier: Node | None) -> str:
        """Return a name as the catalog stores it."""
        name = identifier.name if identifier is not None else ""
        quoted = isinstance(identifier, exp.Identifier) and bool(identifier.args.get("quoted"))
        return name.lower() if self.dialect == "postgresql" and not quoted else name

    def add_table(self, table: exp.Table, names: Names) -> Source:
        """Add a place where a table is named; a common table expression is none."""
        identifier = table.this
        alias = (table.alias or table.name).lower()
        schema = table.args.get("db")
        if not isinstance(identifier, exp.Identifier):
            names.sources[alias or f"#{len(names.sources)}"] = unknown = Derived(opaque=True)
            return unknown
        if schema is None and identifier.name.lower() in names.expressions:
            names.sources[alias] = derived = names.expressions[identifier.name.lower()]
            return derived
        name = self.spelt(identifier)
        if schema is not None and self.spelt(schema) != DEFAULT_SCHEMAS.get(self.dialect or ""):
            name = f"{self.spelt(schema)}.{name}"
        self.tables.append(TableUse(name, table.alias or name))
        names.sources[alias] = len(self.tables) - 1
        return len(self.tables) - 1

    def use(self, index: int, column: str) -> ColumnUse:
        """Return a column of a base table."""
        return ColumnUse(self.tables[index].name, column, index)

    def column(self, column: exp.Column, names: Names) -> ColumnUse | None:
        """Trace a column to its table, and count it as read; None where that is not certain."""
        name = self.spelt(column.this)
        table = column.table.lower()
        found = self.qualified(table, name, names) if table else self.unqualified(name, names)
        if isinstance(found, ColumnUse):
            self.reads[found] = None
            return found
        if found is False:
            self.complete = False
        return None

    def qualified(self, table: str, name: str, names: Names) -> ColumnUse | bool | None:
        """Trace `table.name`; None where it is computed, False where it is unknown."""
        scope: Names | None = names
        while scope is not None:
            if table in scope.sources:
                return self.output(scope.sources[table], name)
            scope = scope.outer
        return False

    def unqualified(self, name: str, names: Names) -> ColumnUse | bool | None:
        """Trace a bare name; None where it is computed, False where it is unknown."""
        scope: Names | None = names
        while scope is not None:
            owners = [s for s in scope.sources.values() if self.has(s, name) is not False]
            sure = [source for source in owners if self.has(source, name)]
            if len(sure) == 1 and (len(owners) == 1 or self.columns):
                return self.output(sure[0], name)
            if len(owners) == 1:
                return self.output(owners[0], name)
            if name.lower() in scope.aliases:
                return scope.aliases[name.lower()]
            if owners:
                return False
            scope = scope.outer
        return False

    def has(self, source: Source, name: str) -> bool | None:
        """Say whether a source has a column; None where that is unknown."""
        if isinstance(source, int):
            known = self.columns.get(self.tables[source].name.lower())
            return None if known is None else name.lower() in known
        if name.lower() in source.outputs:
            return True
        if source.opaque:
            return None
        inner = [self.has(passed, name) for passed in source.passed]
        return True if True in inner else None if None in inner else False

    def output(self, source: Source, name: str) -> ColumnUse | bool | None:
        """Return what a source's column is: a base column, computed (None), unknown (False)."""
        if isinstance(source, int):
            return self.use(source, name)
        if name.lower() in source.outputs:
            return source.outputs[name.lower()]
        if source.opaque:
            return None
        owners = [passed for passed in source.passed if self.has(passed, name) is not False]
        return self.output(owners[0], name) if len(owners) == 1 else False


def argument(node: Node, name: str) -> Node | None:
    """Return a part of a node; sqlglot writes some of the names with an underscore since 28."""
    found = node.args.get(name) or node.args.get(f"{name}_")
    return found if isinstance(found, Node) else None


def is_star(item: Node) -> bool:
    """Say whether an item of a select list is `*` or `t.*`."""
    return isinstance(item, exp.Star) or (
        isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
    )


def joined_tables(node: Node) -> Iterator[exp.Join]:
    """Yield the joins of a query, or of a table that has some."""
    for join in node.args.get("joins") or ():
        yield join
        yield from joined_tables(join.this)
