"""NOT IN over a subquery whose column may be NULL, as NOT EXISTS."""

from sqlglot import exp

from asa.sql.names import argument
from asa.sql.rewriting.draft import Change, Draft, conjuncts, with_condition

__all__ = ["write"]

UNTOUCHED = ("group", "having", "limit", "offset", "with", "distinct", "order")


def write(draft: Draft) -> Change | None:
    """Rewrite the first NOT IN (SELECT nullable column ...)."""
    for select in draft.selects():
        outer = draft.tables(select)
        for condition in conjuncts(select) if outer else ():
            member = condition.this.unnest() if isinstance(condition, exp.Not) else None
            query = member.args.get("query") if isinstance(member, exp.In) else None
            inner = query.unnest() if query is not None else None
            if not isinstance(inner, exp.Select) or any(argument(inner, p) for p in UNTOUCHED):
                continue
            tables = draft.tables(inner)
            item = inner.expressions[0].unalias() if len(inner.expressions) == 1 else None
            found = draft.column(item, tables) if tables and item is not None else None
            target = member.this.unnest() if member is not None else None
            known = draft.column(target, outer or {}) if target is not None else None
            if not found or not known or item is None or target is None or not found[1].nullable:
                continue
            if set(tables or {}) & set(outer or {}) or not target.table:
                # Inside, the outer column would be another.
                continue
            same = exp.EQ(this=item.copy(), expression=target.copy())
            body = with_condition(inner, [*conjuncts(inner), same])
            body.set("expressions", [exp.Literal.number(1)])
            was = condition.copy()
            now = exp.Not(this=exp.Exists(this=body))
            condition.replace(now)
            return Change(draft.tree, f"{found[0].name}.{found[1].name}", was, now)
    return None
