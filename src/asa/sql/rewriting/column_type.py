"""A value compared in another type than its column has, as a value of the column's type.

Where the two differ, a database may convert the column, row by row, and not the value.
"""

import re
from collections.abc import Iterator

from sqlglot import exp

from asa.model.schema import Column
from asa.sql.names import Node
from asa.sql.rewriting.bare_column import leads
from asa.sql.rewriting.draft import SPELLINGS, Change, Draft, conjuncts

__all__ = ["write"]

WHOLE = re.compile(r"(?:big|small|medium|tiny)?int(?:eger)?\b|(?:big)?serial", re.IGNORECASE)
EXACT = re.compile(r"numeric|decimal", re.IGNORECASE)
FLOATING = re.compile(r"double|real|float", re.IGNORECASE)
PADDED = re.compile(r"(?:character|char|bpchar)(?:\(\d+\))?$", re.IGNORECASE)
CASELESS = re.compile(r"(?:\w+\.)?citext$", re.IGNORECASE)
VARYING = re.compile(r"n?varchar|n?char|character|clob", re.IGNORECASE)
TEXT = re.compile(r"\w*text\b", re.IGNORECASE)
NUMBERS = ("whole", "exact", "floating")
TEXTS = ("text", "varying")
CONVERTED = {
    "postgresql": {
        *(("whole", "exact"), ("whole", "floating"), ("exact", "floating")),
        *(("padded", "text"), ("caseless", "text"), ("caseless", "varying")),
    },
    # Its affinity makes a cast to a number turn the text of the column into numbers.
    "sqlite": {(text, kind) for text in TEXTS for kind in NUMBERS},
    "mysql": {(text, kind) for text in TEXTS for kind in NUMBERS},
}


def write(draft: Draft) -> Change | None:
    """Write the values that make the database convert an indexed column; None without any.

    On MySQL a placeholder's type is only known with its values: each one beside a text is
    written, and `column` lists the column of each placeholder in their order.
    """
    found = [one for select in draft.selects() for one in compared(draft, select)]
    certain = [one for one in found if converts(draft.dialect, *one[1:3])]
    if certain:
        condition, column, value, place = certain[0]
        return changed(draft, [(condition, column, value, place)])
    bound = [one for one in found if draft.dialect == "mysql" and maybe_number(*one[1:3])]
    return changed(draft, bound) if bound else None


Compared = tuple[Node, Column, Node, str]
"""A condition, its column, the value there and the column's place."""


def compared(draft: Draft, select: exp.Select) -> Iterator[Compared]:
    """Yield the comparisons by equality of a column that an index begins with."""
    tables = draft.tables(select)
    for condition in conjuncts(select) if tables else ():
        for side, value in sides(condition):
            known = draft.column(side, tables or {})
            if known and leads(*known):
                yield condition, known[1], value, f"{known[0].name}.{known[1].name}"


def sides(condition: Node) -> Iterator[tuple[Node, Node]]:
    """Yield what is compared with which value, both ways."""
    if isinstance(condition, exp.EQ):
        left, right = condition.this.unnest(), condition.expression.unnest()
        for one, other in ((left, right), (right, left)):
            if isinstance(one, exp.Column) and other.find(exp.Column, exp.Query) is None:
                yield one, other
    elif isinstance(condition, exp.In) and condition.expressions:
        yield condition.this.unnest(), condition.expressions[0]


def converts(dialect: str, column: Column, value: Node) -> bool:
    """Tell whether a database converts a column to compare it with a value."""
    return (family(column.type, dialect), told(value, dialect)) in CONVERTED[dialect]


def maybe_number(column: Column, value: Node) -> bool:
    """Tell whether a placeholder stands beside a text."""
    return family(column.type, "mysql") in TEXTS and isinstance(value, exp.Placeholder)


def told(value: Node, dialect: str) -> str | None:
    """Return the family of a value's type, as far as the statement tells it."""
    if isinstance(value, exp.Neg):
        return told(value.this, dialect)
    if isinstance(value, exp.Cast):
        return family(value.args["to"].sql(dialect=SPELLINGS[dialect]), dialect)
    if not isinstance(value, exp.Literal) or value.is_string or dialect == "sqlite":
        return None
    return "whole" if value.name.isdigit() else "exact"


def family(kind: str, dialect: str) -> str | None:
    """Return which types a type is compared with as they are."""
    if dialect == "postgresql" and PADDED.match(kind):
        return "padded"
    families = (
        ("whole", WHOLE), ("exact", EXACT), ("floating", FLOATING),
        ("caseless", CASELESS), ("varying", VARYING), ("text", TEXT),
    )  # fmt: skip
    return next((name for name, pattern in families if pattern.match(kind)), None)


def changed(draft: Draft, found: list[Compared]) -> Change:
    """Convert the values of some conditions in place."""
    was = [condition.copy() for condition, *_ in found]
    places = []
    for condition, column, value, place in found:
        listed = condition.expressions if isinstance(condition, exp.In) else [value]
        marks = sum(isinstance(one, exp.Placeholder) for one in listed)
        places += [place] * max(marks, 1)
        for one in listed:
            one.replace(converted(draft.dialect, column, one))
    before = was[0] if len(was) == 1 else exp.Tuple(expressions=was)
    return Change(draft.tree, ", ".join(places), before, found[0][0].copy())


def converted(dialect: str, column: Column, value: Node) -> Node:
    """Return a value as one of the column's type."""
    inner = value.this if isinstance(value, exp.Cast) else value
    if dialect != "mysql":
        kind = "TEXT" if dialect == "sqlite" else column.type
        target = exp.DataType.build(kind, dialect=SPELLINGS[dialect], udt=True)
        return exp.Cast(this=inner.copy(), to=target)
    if isinstance(inner, exp.Literal):
        return exp.Literal.string(inner.name)
    # A cast would bring the connection's collation along, which may not mix with the column's.
    return exp.Concat(expressions=[inner.copy(), exp.Literal.string("")], coalesce=False)
