"""Tables side by side that nothing joins, joined along their foreign key."""

from sqlglot import exp

from asa.model.schema import Table
from asa.sql.names import Node, argument, joined_tables
from asa.sql.rewriting.draft import Change, Draft, conjuncts, with_condition
from asa.sql.rewriting.uniqueness import is_key

__all__ = ["write"]


def write(draft: Draft) -> Change | None:
    """Join the first table that is only listed; the tree is as it was without a foreign key."""
    for select in draft.selects():
        tables = draft.tables(select)
        if not tables or len(tables) < 2 or select is not draft.tree:
            continue
        joins = joined_tables(select)
        if any(argument(join, "on") or join.args.get("using") or word(join) for join in joins):
            continue
        conditions = conjuncts(select)
        if any(not aliases(draft, tables, condition) for condition in conditions):
            continue
        groups = connected(tables, [aliases(draft, tables, one) for one in conditions])
        loose = [one for one in groups if not pinned(draft, tables, one, conditions)]
        if len(loose) < 2:
            continue
        names = ", ".join(tables[min(group)].name for group in loose[:2])
        condition = along_key(tables, loose[0], loose[1])
        if condition is None:
            return Change(draft.tree, names)
        return Change(with_condition(select, [*conditions, condition]), names, None, condition)
    return None


def word(join: Node) -> bool:
    """Tell whether a join is written as one: CROSS JOIN is meant, NATURAL JOIN joins."""
    return any(join.args.get(part) for part in ("kind", "side", "method"))


def aliases(draft: Draft, tables: dict[str, Table], condition: Node) -> set[str]:
    """Return the tables that a condition names; none where that is not certain."""
    found = set()
    for column in condition.find_all(exp.Column):
        known = draft.column(column, tables)
        if known is None:
            return set()
        found.add(column.table.lower() or next(a for a, t in tables.items() if t is known[0]))
    return found


def connected(tables: dict[str, Table], links: list[set[str]]) -> list[set[str]]:
    """Return the groups of tables that conditions tie together."""
    groups = [{alias} for alias in tables]
    for link in links:
        tied = [group for group in groups if group & link]
        groups = [group for group in groups if not group & link] + [set[str]().union(*tied)]
    return groups


def pinned(draft: Draft, tables: dict[str, Table], group: set[str], conditions: list[Node]) -> bool:
    """Tell whether a group is one row: its one table's key is given."""
    if len(group) > 1:
        return False
    alias = next(iter(group))
    equal = [
        side.name
        for condition in conditions
        if isinstance(condition, exp.EQ) and aliases(draft, tables, condition) == group
        for side in (condition.this, condition.expression)
        if isinstance(side, exp.Column)
    ]
    return is_key(tables[alias], equal)


def along_key(tables: dict[str, Table], one: set[str], other: set[str]) -> Node | None:
    """Return the condition that joins two groups by the one foreign key between them."""
    found = [
        exp.EQ(
            this=exp.column(key.columns[0], table=child),
            expression=exp.column(key.target[0], table=parent),
        )
        for children, parents in ((one, other), (other, one))
        for child in children
        for parent in parents
        for key in tables[child].foreign_keys
        if key.table.lower() == tables[parent].name.lower()
        and len(key.columns) == 1 == len(key.target)
    ]
    return found[0] if len(found) == 1 else None
