"""A condition on a truth as a partial index spells it, so that the planner knows it again."""

from collections.abc import Iterator

from sqlglot import exp, parse_one

from asa.model.schema import Column, Table
from asa.sql.names import Node
from asa.sql.rewriting.draft import SPELLINGS, Change, Draft, conjuncts

__all__ = ["write"]

SAFE = (exp.Is, exp.NullSafeEQ)
NULL_AS_FALSE = (*SAFE, exp.Coalesce)
UNEQUAL = (exp.NEQ, exp.NullSafeNEQ)
TRUTHS = {"1": True, "0": False}


def write(draft: Draft) -> Change | None:
    """Spell the first condition as an index has it that it implies; None where none differs."""
    for select in draft.selects():
        tables = draft.tables(select)
        for condition in conjuncts(select) if tables else ():
            column = next(iter(condition.find_all(exp.Column)), None)
            known = draft.column(column, tables or {}) if column is not None else None
            if column is None or known is None or not is_truth(known[1]):
                continue
            wanted = truth(condition, known[1])
            for spelt in spellings(draft.dialect, known[0]):
                if wanted is None or spelt == bare(condition) or truth(spelt, known[1]) != wanted:
                    continue
                now = qualified(spelt, column)
                was = condition.copy()
                condition.replace(now)
                return Change(draft.tree, f"{known[0].name}.{known[1].name}", was, now.copy())
    return None


def is_truth(column: Column) -> bool:
    """Tell whether a column holds true and false only."""
    return column.type.lower().startswith("bool")


def spellings(dialect: str, table: Table) -> Iterator[Node]:
    """Yield the conditions of a table's partial indexes."""
    for index in table.indexes:
        if index.where is not None and index.valid:
            yield bare(parse_one(index.where, read=SPELLINGS[dialect]))


def bare(condition: Node) -> Node:
    """Return a condition without brackets and names of tables."""
    copy = condition.copy()
    holder = exp.Paren(this=copy)
    for column in list(holder.find_all(exp.Column)):
        column.replace(exp.column(column.name.lower()))
    inner: Node = holder.this.unnest()
    return inner


def qualified(condition: Node, like: exp.Column) -> Node:
    """Return a condition about the column of a statement."""
    holder = exp.Paren(this=condition.copy())
    for column in list(holder.find_all(exp.Column)):
        column.replace(like.copy())
    inner: Node = holder.this
    return inner


def truth(condition: Node, column: Column) -> bool | None:
    """Return whether a condition holds where its one column is true, or false; else None."""
    condition = condition.unnest()
    if isinstance(condition, exp.Column):
        return True if condition.name.lower() == column.name.lower() else None
    if isinstance(condition, exp.Not):
        inner = truth(condition.this, column)
        # NOT (x IS TRUE) holds for NULL, too.
        loose = condition.find(*NULL_AS_FALSE) is not None and column.nullable
        return None if inner is None or loose else not inner
    if isinstance(condition, exp.Coalesce):
        other = value(condition.expressions[0]) if len(condition.expressions) == 1 else None
        return truth(condition.this, column) if other is False else None
    if isinstance(condition, (exp.EQ, *SAFE, *UNEQUAL)):
        inner, other = truth(condition.this, column), value(condition.expression)
        if inner is None or other is None:
            return None
        same = (inner is other) is not isinstance(condition, UNEQUAL)
        loose = condition.find(exp.Coalesce, exp.NullSafeNEQ) is not None and column.nullable
        # Of these only "is true" leaves NULL out, as the column alone does.
        return None if loose and not (same and other) else same
    return None


def value(node: Node) -> bool | None:
    """Return the truth that a node is; None for anything else."""
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    return TRUTHS.get(node.name) if isinstance(node, exp.Literal) else None
