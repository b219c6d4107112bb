"""A statement's syntax tree on its way into another statement."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

import sqlglot
from sqlglot import exp

from asa.model.schema import Column, Schema, Table
from asa.sql.names import Node, argument, joined_tables
from asa.sql.placeholders import placeholders
from asa.sql.rewriting import Rewritten

__all__ = [
    "SPELLINGS",
    "Change",
    "Draft",
    "Written",
    "conjuncts",
    "ordered",
    "with_condition",
    "written",
]

SPELLINGS = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}
MARK = re.compile(r"\basa_p(\d+)_\b")
NAMED = re.compile(r"\basa_(\w+?)_\b")


@dataclass(frozen=True, slots=True)
class Change:
    """A tree changed, and what about it.

    Attributes:
        tree: To be planned.
        column: `table.column` that it is about.
        was: The part that was replaced.
        now: What stands in its place.
        shown: What to show, where that is not what is planned.
    """

    tree: Node
    column: str = ""
    was: Node | None = None
    now: Node | None = None
    shown: Node | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One statement to be changed.

    Attributes:
        tree: Its own copy: a change may be made in place.
        dialect: Of the database.
        schema: Its tables.
    """

    tree: Node
    dialect: str
    schema: Schema

    def selects(self) -> Iterator[exp.Select]:
        """Yield every SELECT, the outermost first."""
        yield from self.tree.find_all(exp.Select)

    def tables(self, select: exp.Select) -> dict[str, Table] | None:
        """Return the tables of FROM and its joins by alias in lower case.

        None where one of them is not a table of the schema.
        """
        from_ = argument(select, "from")
        if from_ is None:
            return None
        sources = [from_.this, *(join.this for join in joined_tables(select))]
        found: dict[str, Table] = {}
        for source in sources:
            table = self.schema.table(spelt(source)) if isinstance(source, exp.Table) else None
            if table is None:
                return None
            found[source.alias_or_name.lower()] = table
        return found

    def column(self, node: Node, tables: dict[str, Table]) -> tuple[Table, Column] | None:
        """Return the column that a node names, where it is one of these tables' for certain."""
        if not isinstance(node, exp.Column):
            return None
        if node.table:
            table = tables.get(node.table.lower())
            column = table.column(node.name) if table else None
            return (table, column) if table and column else None
        having = [(t, c) for t in tables.values() if (c := t.column(node.name))]
        return having[0] if len(having) == 1 else None


def spelt(table: exp.Table) -> str:
    """Return a table's name as the schema has it."""
    name = table.name
    return f"{table.db}.{name}" if table.db and table.db.lower() not in ("public", "main") else name


def conjuncts(select: exp.Select) -> list[Node]:
    """Return the conditions of WHERE that must all hold."""
    where = argument(select, "where")
    if where is None:
        return []
    body = where.this.unnest()
    return [part.unnest() for part in body.flatten()] if isinstance(body, exp.And) else [body]


def with_condition(select: exp.Select, conditions: list[Node]) -> exp.Select:
    """Return a copy of a SELECT with other conditions, which must all hold."""
    copy = select.copy()
    copy.set("where", None)
    for condition in conditions:
        wrapped = exp.Paren(this=condition.copy()) if isinstance(condition, exp.Or) else condition
        copy = copy.where(wrapped.copy(), copy=False)
    return copy


def ordered(dialect: str, key: Node, *, descending: bool = False) -> exp.Ordered:
    """Return one part of ORDER BY, with NULLs where the database has them by itself."""
    first = descending if dialect == "postgresql" else not descending
    return exp.Ordered(this=key, desc=descending or None, nulls_first=first)


Written = Callable[[Draft], Change | None]


def written(form: str, sql: str, dialect: str, schema: Schema) -> Rewritten | None:
    """Do as `rewritten`."""
    marks = placeholders(sql, dialect)
    pieces: list[str] = []
    last = 0
    for place, mark in enumerate(marks):
        pieces += (sql[last : mark.start], f":p{place}")
        last = mark.end
    text = "".join((*pieces, sql[last:]))
    if any(mark.style.value.startswith("%") for mark in marks):
        text = text.replace("%%", "%")
    spelling = SPELLINGS[dialect]
    write: Written = import_module(f"asa.sql.rewriting.{form}").write
    try:
        trees = sqlglot.parse(text, read=spelling)
        tree = trees[0] if len(trees) == 1 else None
        change = write(Draft(tree, dialect, schema)) if isinstance(tree, exp.Query) else None
        if change is None:
            return None
        raw = said(change.tree, spelling)
        parts = [said(part, spelling) if part else "" for part in (change.was, change.now)]
    except Exception:  # noqa: BLE001  (sqlglot fails in many ways on odd SQL)
        return None
    own = [sql[mark.start : mark.end] for mark in marks]
    planned = raw.replace("%", "%%") if marks else raw
    return Rewritten(
        MARK.sub(lambda m: f"%(p{m[1]})s", planned),
        tuple(mark.key for mark in marks),
        restored(said(change.shown, spelling) if change.shown else raw, own),
        change.column,
        restored(parts[0], own),
        restored(parts[1], own),
        was_keys=tuple(marks[int(place)].key for place in MARK.findall(parts[0])),
    )


def said(tree: Node, spelling: str) -> str:
    """Return a tree as SQL, its placeholders as names that no statement holds."""
    copy = tree.copy()
    if isinstance(copy, exp.Placeholder):
        return f"asa_{copy.name}_"
    for mark in list(copy.find_all(exp.Placeholder)):
        mark.replace(exp.column(f"asa_{mark.name}_"))
    return str(copy.sql(dialect=spelling))


def restored(text: str, own: list[str]) -> str:
    """Return SQL with the original's own placeholders."""
    return NAMED.sub(r":\1", MARK.sub(lambda m: own[int(m[1])], text))
