"""A statement's syntax tree, by sqlglot, and the facts in it.

Imported only by who asks for facts: sqlglot takes a tenth of a second to load.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace

import sqlglot
from sqlglot import exp

from asa.sql.comparison import Comparisons
from asa.sql.facts import ColumnUse, Computed, Constant, Facts, Join, Match, Ordering, Unknown
from asa.sql.names import ColumnSets, Derived, Names, Node, Traced, argument, is_star, joined_tables
from asa.sql.statement import Kind

__all__ = ["read_facts"]

# sqlglot warns on stderr of each statement that it does not understand; here that is a value.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

PARSERS = {"postgresql": ("postgres",), "mysql": ("mysql",), "sqlite": ("sqlite",)}
ANY_PARSER = ("postgres", "mysql", "sqlite")
CHANGES = (exp.Insert, exp.Update, exp.Delete)


def read_facts(sql: str, kind: Kind, dialect: str | None, columns: ColumnSets) -> Facts | Unknown:
    """Parse one statement and read its facts.

    Args:
        sql: With placeholders as `:p`.
        kind: What it does.
        dialect: Whose syntax; None to try each.
        columns: Known columns of tables, all in lower case.
    """
    try:
        tree = parsed(sql, dialect)
        if isinstance(tree, Unknown):
            return tree
        return Reading(kind, dialect, columns).facts(tree)
    except RecursionError:
        return Unknown("nested too deeply")
    except Exception as error:  # noqa: BLE001  (sqlglot fails in many ways on odd SQL)
        return Unknown(f"syntax not understood ({type(error).__name__})")


def parsed(sql: str, dialect: str | None) -> Node | Unknown:
    """Parse one statement in its dialect, or in the first that takes it."""
    for parser in PARSERS.get(dialect or "", ANY_PARSER):
        try:
            trees = [tree for tree in sqlglot.parse(sql, read=parser) if tree is not None]
        except sqlglot.errors.SqlglotError:
            continue
        if len(trees) > 1:
            return Unknown("not one statement")
        if trees and isinstance(trees[0], (exp.Query, *CHANGES)):
            return trees[0]
    return Unknown("syntax not understood")


class Reading:
    """One statement under reading."""

    def __init__(self, kind: Kind, dialect: str | None, columns: ColumnSets) -> None:
        self.kind = kind
        self.traced = Traced(dialect, columns)
        self.compare = Comparisons(self.traced, self.query)
        self.assigned: list[str] = []
        self.outermost: Names | None = None
        self.written: str | None = None

    def facts(self, tree: Node) -> Facts:
        """Return the facts of the whole statement."""
        if isinstance(tree, CHANGES):
            names = Names(None, {})
            self.change(tree, names)
            return self.finished(tree, names)
        tree = tree.unnest()
        self.query(tree, None)
        return self.finished(tree, self.outermost or Names(None, {}))

    def finished(self, tree: Node, names: Names) -> Facts:
        """Put the facts together; `tree` is the outermost query."""
        select = tree if isinstance(tree, exp.Select) else None
        items = select.expressions if select else []
        return Facts(
            kind=self.kind,
            order_by=self.ordering(tree, items, names),
            group_by=self.grouping(tree, names),
            selected=tuple(self.plain(items, names)),
            star=any(is_star(item) for item in items),
            distinct=select is not None and argument(select, "distinct") is not None,
            limited=any(argument(tree, part) is not None for part in ("limit", "fetch")),
            offset=argument(tree, "offset") is not None,
            writes=self.written,
            tables=tuple(self.traced.tables),
            predicates=tuple(dict.fromkeys(self.compare.predicates)),
            joins=tuple(dict.fromkeys(self.compare.joins)),
            reads=tuple(self.traced.reads),
            complete=self.traced.complete,
            computed=tuple(dict.fromkeys(self.compare.computed)),
            constants=self.constants(tree),
            assigned=tuple(self.assigned),
            computed_order=self.computed_order(tree, names),
        )

    def constants(self, tree: Node) -> tuple[Constant, ...]:
        """Return the conditions without placeholders; where there are none, a literal may vary."""
        bound = tree.find(exp.Placeholder) is not None
        return tuple(
            replace(one, literal=one.literal and not bound)
            for one in dict.fromkeys(self.compare.constants)
        )

    def query(self, node: Node, outer: Names | None) -> Derived:
        """Read a query; return the columns that it gives out."""
        names = outer.below() if outer else Names(None, {})
        self.expressions(node, names)
        if isinstance(node, exp.Subquery):
            return self.wrapped(node, names)
        if isinstance(node, exp.SetOperation):
            return self.union(node, names)
        if isinstance(node, exp.Select):
            return self.select(node, names)
        self.compare.columns_below(node, names)
        return Derived(opaque=True)

    def wrapped(self, node: exp.Subquery, names: Names) -> Derived:
        """Read a query in brackets; a table in brackets passes all its columns."""
        if isinstance(node.this, exp.Query):
            return self.query(node.this, names)
        self.source(node.this, names)
        return Derived(passed=list(names.sources.values()))

    def union(self, node: exp.SetOperation, names: Names) -> Derived:
        """Read the queries of a UNION; its columns come from several tables."""
        first = self.query(node.this, names)
        self.query(node.expression, names)
        return Derived(dict.fromkeys(first.outputs), opaque=bool(first.passed) or first.opaque)

    def expressions(self, node: Node, names: Names) -> None:
        """Read the common table expressions of a query, in order."""
        with_ = argument(node, "with")
        for expression in with_.expressions if with_ else ():
            name = expression.alias.lower()
            if with_ is not None and with_.args.get("recursive"):
                names.expressions[name] = Derived(opaque=True)
            body = expression.this
            if isinstance(body, CHANGES):
                self.change(body, names.below())
                names.expressions[name] = Derived(opaque=True)
                continue
            derived = self.query(body, names)
            names.expressions[name] = renamed(derived, expression.args.get("alias"))

    def select(self, node: exp.Select, names: Names) -> Derived:
        """Read one SELECT."""
        if self.outermost is None and names.outer is None:
            self.outermost = names
        from_ = argument(node, "from")
        if from_ is not None:
            self.source(from_.this, names)
        self.read_joins(joined_tables(node), names)
        for lateral in node.args.get("laterals") or ():
            names.sources[lateral.alias.lower()] = Derived(opaque=True)
            self.compare.columns_below(lateral, names)
        where = argument(node, "where")
        if where is not None:
            self.compare.condition(where.this, names)
        derived = self.outputs(node, names)
        names.aliases = {
            item.alias.lower(): derived.outputs.get(item.alias.lower())
            for item in node.expressions
            if item.alias
        }
        for part in ("group", "having", "order", "distinct", "qualify", "limit", "offset"):
            found = argument(node, part)
            if found is not None:
                self.compare.columns(found, names)
        return derived

    def outputs(self, node: exp.Select, names: Names) -> Derived:
        """Read a select list; return the columns that it gives out."""
        derived = Derived()
        for item in node.expressions:
            bare = item.unalias()
            if isinstance(bare, exp.Star):
                derived.passed += names.sources.values()
            elif is_star(bare):
                source = names.sources.get(bare.table.lower())
                derived.passed += [] if source is None else [source]
            elif isinstance(bare, exp.Column):
                derived.outputs[item.alias_or_name.lower()] = self.traced.column(bare, names)
            else:
                self.compare.columns(bare, names)
                key = item.alias_or_name.lower() or f"#{len(derived.outputs)}"
                derived.outputs[key] = None
        return derived

    def source(self, node: Node, names: Names) -> None:
        """Add what FROM or JOIN names to the sources in sight."""
        if isinstance(node, exp.Table):
            self.traced.add_table(node, names)
        else:
            alias = node.alias_or_name.lower() or f"#{len(names.sources)}"
            body = node.this if isinstance(node, exp.Lateral) else node
            derived = (
                self.query(body, names) if isinstance(body, exp.Query) else Derived(opaque=True)
            )
            names.sources[alias] = renamed(derived, node.args.get("alias"))
        self.read_joins(node.args.get("joins") or (), names)

    def read_joins(self, joins: Iterable[Node], names: Names) -> None:
        """Read joins: their tables first, then what they set equal."""
        for join in joins:
            before = list(names.sources.values())
            if join.this.alias_or_name.lower() not in names.sources:
                self.source(join.this, names)
            on = argument(join, "on")
            if on is not None:
                self.compare.condition(on, names)
            for column in join.args.get("using") or ():
                self.using(self.traced.spelt(column), before, list(names.sources.values()))

    def using(self, name: str, before: list[int | Derived], after: list[int | Derived]) -> None:
        """Read a column of USING, where only one table before the join can have it."""
        sides = [s for s in before if self.traced.has(s, name) is not False], after[len(before) :]
        if len(sides[0]) != 1 or len(sides[1]) != 1:
            self.traced.complete = False
            return
        left, right = (self.traced.output(side[0], name) for side in sides)
        if isinstance(left, ColumnUse) and isinstance(right, ColumnUse):
            self.traced.reads |= {left: None, right: None}
            self.compare.joins.append(Join(left, right))

    def change(self, node: Node, names: Names) -> None:
        """Read an INSERT, UPDATE or DELETE."""
        self.expressions(node, names)
        target = node.this.this if isinstance(node.this, exp.Schema) else node.this
        if isinstance(target, exp.Table):
            index = self.traced.add_table(target, names)
            self.read_joins(joined_tables(target), names)
            if self.written is None and isinstance(index, int):
                self.written = self.traced.tables[index].name
        if isinstance(node, exp.Insert):
            if isinstance(node.expression, exp.Query):
                self.query(node.expression, Names(None, names.expressions))
        else:
            self.change_rows(node, names)

    def change_rows(self, node: Node, names: Names) -> None:
        """Read the sources and conditions of an UPDATE or DELETE."""
        from_ = argument(node, "from")
        if from_ is not None:
            self.source(from_.this, names)
            self.read_joins(joined_tables(from_.this), names)
        using = node.args.get("using") or []
        # One table in old versions of sqlglot, a list in new ones.
        for source in using if isinstance(using, list) else [using]:
            self.source(source, names)
        self.read_joins(joined_tables(node), names)
        for assignment in node.expressions if isinstance(node, exp.Update) else ():
            self.compare.columns(assignment.expression, names)
            if isinstance(assignment.this, exp.Column):
                self.assigned.append(self.traced.spelt(assignment.this.this))
        where = argument(node, "where")
        if where is not None:
            self.compare.condition(where.this, names)

    def plain(self, items: Iterable[Node], names: Names) -> Iterable[ColumnUse]:
        """Yield the items that are plain columns of a table."""
        for item in items:
            bare = item.unalias()
            if isinstance(bare, exp.Column) and not is_star(bare):
                found = self.traced.column(bare, names)
                if found is not None:
                    yield found

    def ordering(self, tree: Node, items: list[Node], names: Names) -> tuple[Ordering, ...]:
        """Return the outermost order, if it is by plain columns of one table."""
        order = argument(tree, "order")
        found: list[Ordering] = []
        for item in order.expressions if order is not None else ():
            key = item.this.unnest() if isinstance(item, exp.Ordered) else item
            column = self.column_or_place(key, items, names)
            if column is None:
                return ()
            found.append(Ordering(column, bool(item.args.get("desc"))))
        return tuple(found) if len({key.at.use for key in found}) == 1 else ()

    def computed_order(self, tree: Node, names: Names) -> Computed | None:
        """Return the expression that the outermost order begins with; None for a plain column."""
        order = argument(tree, "order")
        first = order.expressions[0] if order is not None else None
        key = first.this.unnest() if isinstance(first, exp.Ordered) else first
        if key is None or not key.find(exp.Column) or key.find(exp.AggFunc, exp.Window, exp.Rand):
            return None
        complete = self.traced.complete
        found = self.compare.expression(key, Match.RANGE, names)
        self.traced.complete = complete
        return found

    def column_or_place(self, key: Node, items: list[Node], names: Names) -> ColumnUse | None:
        """Return the column that an ORDER BY item names, itself or by its place."""
        if isinstance(key, exp.Literal) and key.name.isdigit() and int(key.name) <= len(items):
            key = items[int(key.name) - 1].unalias()
        if not isinstance(key, exp.Column) or is_star(key):
            return None
        if not key.table and key.name.lower() in names.aliases:
            return names.aliases[key.name.lower()]
        return self.traced.column(key, names)

    def grouping(self, tree: Node, names: Names) -> tuple[ColumnUse, ...]:
        """Return the outermost grouping, if it is by plain columns of one table."""
        group = argument(tree, "group")
        keys = group.expressions if group is not None else []
        found = tuple(self.plain(keys, names))
        plain = len(found) == len(keys) and len({column.use for column in found}) == 1
        return found if plain else ()


def renamed(derived: Derived, alias: Node | None) -> Derived:
    """Return a derived table with the column names of its alias: `AS t(a, b)`."""
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    if not columns:
        return derived
    if derived.passed or len(columns) != len(derived.outputs):
        return Derived(opaque=True)
    names = (column.name.lower() for column in columns)
    return Derived(dict(zip(names, derived.outputs.values(), strict=True)))
