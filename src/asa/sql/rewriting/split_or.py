"""A condition with OR over columns that no one index serves, as a UNION of two queries."""

from sqlglot import exp

from asa.sql.names import Node, argument
from asa.sql.rewriting.draft import Change, Draft, conjuncts, with_condition
from asa.sql.rewriting.uniqueness import gives_key

__all__ = ["write"]

MOST_ALTERNATIVES = 4
UNSPLIT = (
    "group",
    "having",
    "distinct",
    "limit",
    "offset",
    "windows",
    "laterals",
    "with",
    "qualify",
)


def write(draft: Draft) -> Change | None:
    """Split the one OR of a SELECT; None where its rows could be others.

    UNION makes equal rows one: so each row has to hold the key of what it is made of.
    """
    select = draft.tree.unnest()
    if not isinstance(select, exp.Select) or any(argument(select, part) for part in UNSPLIT):
        return None
    if argument(select, "order") or select.find(exp.AggFunc):
        return None
    tables = draft.tables(select)
    conditions = conjuncts(select)
    either = [one for one in conditions if isinstance(one, exp.Or)]
    if not tables or len(either) != 1 or not gives_key(draft, select, tables):
        return None
    parts = [part.unnest() for part in either[0].flatten()]
    if len(parts) > MOST_ALTERNATIVES or len({named(part) for part in parts}) != len(parts):
        return None
    rest = [one for one in conditions if one is not either[0]]
    arms = [with_condition(select, [*rest, part]) for part in parts]
    tree: Node = arms[0]
    for arm in arms[1:]:
        tree = exp.union(tree, arm, distinct=True)
    return Change(tree, " or ".join(sorted(filter(None, map(named, parts)))), either[0])


def named(part: Node) -> str | None:
    """Return the columns that an alternative is about."""
    return ", ".join(sorted({column.name for column in part.find_all(exp.Column)})) or None
