"""A comparison whose column stands inside a function, with the column alone."""

import re
from collections.abc import Callable, Iterator

from sqlglot import exp, parse_one

from asa.model.schema import Column, Table
from asa.sql.names import Node
from asa.sql.rewriting.draft import SPELLINGS, Change, Draft, conjuncts

__all__ = ["write"]

TIMES = ("timestamp", "datetime")
INTEGERS = re.compile(r"(?:big|small|medium)?int(?:eger)?(?:\(\d+\))?(?: unsigned)?", re.IGNORECASE)
WHOLE = {"postgresql": "BIGINT", "mysql": "SIGNED", "sqlite": "INTEGER"}
RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE)


def write(draft: Draft) -> Change | None:
    """Take the first indexed column out of its function; None where there is none."""
    for select in draft.selects():
        tables = draft.tables(select)
        for condition in conjuncts(select) if tables else ():
            for wrapped, value in sides(condition):
                column = next(iter(wrapped.find_all(exp.Column)), None)
                found = draft.column(column, tables or {}) if column is not None else None
                if column is None or found is None or not leads(*found) or value.find(exp.Column):
                    continue
                other = bare(draft.dialect, condition, wrapped, value, column, found[1])
                if other is not None:
                    was = condition.copy()
                    place = f"{found[0].name}.{found[1].name}"
                    condition.replace(other)
                    return Change(draft.tree, place, was, other)
    return None


def leads(table: Table, column: Column) -> bool:
    """Tell whether an index of a table begins with a column."""
    name = column.name.lower()
    return any(
        index.valid and index.where is None and index.columns[0].lower().split(" ")[0] == name
        for index in table.indexes
        if index.columns
    )


def sides(condition: Node) -> Iterator[tuple[Node, Node]]:
    """Yield what may hold a column with what it is compared with."""
    if isinstance(condition, (exp.EQ, *RANGES)):
        left, right = condition.this.unnest(), condition.expression.unnest()
        if not isinstance(left, exp.Column | exp.Query) and not isinstance(right, exp.Query):
            yield left, right


def bare(
    dialect: str, condition: Node, wrapped: Node, value: Node, column: Node, of: Column
) -> Node | None:
    """Return a comparison of the column alone that holds for the same rows; None without one."""
    kind = of.type.lower()
    if kind.startswith(TIMES) and isinstance(condition, exp.EQ):
        if is_day(wrapped, column):
            return between(column, *DAYS[dialect](value))
        if is_year(wrapped, column):
            return between(column, *YEARS[dialect](value))
    if INTEGERS.fullmatch(kind):
        if isinstance(condition, exp.EQ) and is_cast(wrapped, column, "TEXT", "VARCHAR", "CHAR"):
            number = parse(dialect, f"CAST(asa_v AS {WHOLE[dialect]})", value)
            return exp.EQ(this=column.copy(), expression=number)
        return moved(condition, wrapped, value, column)
    return None


def moved(condition: Node, wrapped: Node, value: Node, column: Node) -> Node | None:
    """Return a comparison whose sum or difference stands on the other side."""
    if not isinstance(wrapped, exp.Add | exp.Sub) or wrapped.this.unnest() != column:
        return None
    turned = exp.Sub if isinstance(wrapped, exp.Add) else exp.Add
    amount = wrapped.expression.unnest()
    if not isinstance(amount, exp.Literal) or amount.is_string:
        return None
    other = turned(this=value.copy(), expression=amount.copy())
    return type(condition)(this=column.copy(), expression=other)


def is_cast(node: Node, column: Node, *types: str) -> bool:
    """Tell whether a node casts just the column to one of these types."""
    if not isinstance(node, exp.Cast) or node.this.unnest() != column:
        return False
    return str(node.args["to"].this.value) in types


def is_day(node: Node, column: Node) -> bool:
    """Tell whether a node is the day of the column."""
    if isinstance(node, exp.TsOrDsToDate | exp.Date):
        return bool(node.this == column) and len(list(node.iter_expressions())) == 1
    return is_cast(node, column, "DATE")


def is_year(node: Node, column: Node) -> bool:
    """Tell whether a node is the year of the column."""
    inner = next(iter(node.find_all(exp.Column)), None)
    if inner != column or len(list(node.find_all(exp.Column))) != 1:
        return False
    if isinstance(node, exp.Extract):
        return node.this.name.upper() == "YEAR" and bool(node.expression == column)
    if isinstance(node, exp.Cast):
        # SQLAlchemy casts what SQLite's strftime gives to a number.
        return is_year(node.this, column)
    if isinstance(node, exp.TimeToStr):
        return str(node.args["format"].name) == "%Y"
    return isinstance(node, exp.Year)


def between(column: Node, low: Node, high: Node) -> Node:
    """Return the range of a column from one value up to another."""
    return exp.And(
        this=exp.GTE(this=column.copy(), expression=low),
        expression=exp.LT(this=column.copy(), expression=high),
    )


def parse(dialect: str, text: str, value: Node) -> Node:
    """Return an expression in which a value stands for `asa_v`."""
    whole: Node = parse_one(text, read=SPELLINGS[dialect])
    tree = exp.Paren(this=whole)
    for mark in list(tree.find_all(exp.Column)):
        if mark.name == "asa_v":
            mark.replace(value.copy())
    inner: Node = tree.this
    return inner


Bounds = Callable[[Node], tuple[Node, Node]]


def bounds(dialect: str, low: str, high: str) -> Bounds:
    """Return what gives the ends of a range of times for a value."""
    return lambda value: (parse(dialect, low, value), parse(dialect, high, value))


DAYS: dict[str, Bounds] = {
    "postgresql": bounds("postgresql", "CAST(asa_v AS DATE)", "CAST(asa_v AS DATE) + 1"),
    "mysql": bounds("mysql", "CAST(asa_v AS DATETIME)", "CAST(asa_v AS DATETIME) + INTERVAL 1 DAY"),
    "sqlite": bounds("sqlite", "asa_v", "DATE(asa_v, '+1 day')"),
}
YEARS: dict[str, Bounds] = {
    "postgresql": bounds(
        "postgresql",
        "MAKE_DATE(CAST(asa_v AS INT), 1, 1)",
        "MAKE_DATE(CAST(asa_v AS INT) + 1, 1, 1)",
    ),
    "mysql": bounds("mysql", "MAKEDATE(asa_v, 1)", "MAKEDATE(asa_v + 1, 1)"),
    "sqlite": bounds("sqlite", "asa_v || '-01-01'", "(asa_v + 1) || '-01-01'"),
}
