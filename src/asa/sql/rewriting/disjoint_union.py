"""A UNION whose parts have no row in common, as UNION ALL."""

from sqlglot import exp

from asa.sql.rewriting.draft import Change, Draft, conjuncts
from asa.sql.rewriting.uniqueness import gives_key

__all__ = ["write"]


def write(draft: Draft) -> Change | None:
    """Turn a UNION of SELECTs into UNION ALL, where no row can be in two of them, or twice."""
    tree = draft.tree.unnest()
    if not isinstance(tree, exp.Union) or not tree.args.get("distinct"):
        return None
    arms = [tree.this.unnest(), tree.expression.unnest()]
    for arm in arms:
        tables = draft.tables(arm) if isinstance(arm, exp.Select) else None
        if not tables or not gives_key(draft, arm, tables):
            return None
    if not apart(draft, *arms):
        return None
    tree.set("distinct", False)
    return Change(draft.tree)


def apart(draft: Draft, one: exp.Select, other: exp.Select) -> bool:
    """Tell whether two queries of a table ask for different constants in one column.

    Then their rows come from different rows of the table, and so differ by their key.
    """
    tables = [[table.name for table in (draft.tables(arm) or {}).values()] for arm in (one, other)]
    lists = [[item.unalias().sql() for item in arm.expressions] for arm in (one, other)]
    if tables[0] != tables[1] or lists[0] != lists[1]:
        return differ(lists, one, other)
    first, second = constants(one), constants(other)
    return any(first[name] != second[name] for name in first.keys() & second.keys())


def differ(lists: list[list[str]], one: exp.Select, other: exp.Select) -> bool:
    """Tell whether two select lists hold different literals at one place."""
    pairs = zip(one.expressions, other.expressions, strict=False)
    return len(lists[0]) == len(lists[1]) and any(
        isinstance(a.unalias(), exp.Literal)
        and isinstance(b.unalias(), exp.Literal)
        and a.unalias() != b.unalias()
        for a, b in pairs
    )


def constants(select: exp.Select) -> dict[str, str]:
    """Return the literals that columns are equal to."""
    return {
        condition.this.sql(): condition.expression.sql()
        for condition in conjuncts(select)
        if isinstance(condition, exp.EQ)
        and isinstance(condition.this, exp.Column)
        and isinstance(condition.expression, exp.Literal | exp.Boolean)
    }
