"""A relationship is loaded with its parents, and nothing reads it.

What it does:
    Finds a relationship that a line loads eagerly, by `selectinload`, `subqueryload` or
    `joinedload` or as its model says, while no execution of the line reads the attribute.
    Only a rerun shows that: `asa optimize CAPTURE --prove` watches which attributes the
    recorded command reads, then runs it again with the unread ones under `raiseload`. Where
    one execution of many reads it, or the result changes, the rule keeps silent.

Why it matters:
    Each such load is a query more, or a join that sends the columns of its rows along, and
    objects made for nobody.

Example:
    query = select(Order).options(selectinload(Order.items))
    return [order.number for order in await session.scalars(query)]

Fix:
    Leave the option out of this statement. Where the model says lazy="selectin" or
    lazy="joined", let it say lazy="raise", and load where it is needed; or lock it for this
    statement: .options(raiseload(Order.items)).

When to ignore:
    What was recorded is a part of the program only, and another part reads it.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#sqlalchemy.orm.raiseload
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.fix import Rewrite
from asa.model.rule import Rule
from asa.model.workload import UnreadLoad
from asa.rules.query.n_plus_one import location, place

__all__ = ["RULE", "check"]

ID = "unused-eager-load"
LOADERS = {"selectin": "selectinload", "subquery": "subqueryload", "joined": "joinedload"}


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each relationship that a rerun showed to be loaded for nothing."""
    for load in case.workload.unread:
        yield finding(load)


def finding(load: UnreadLoad) -> Finding:
    """Return the finding for one relationship at one line."""
    loader, step = LOADERS[load.strategy], load.path[-1]
    evidence = [("load", place(load.origin))]
    if load.queries:
        evidence.append(("queries", f"{load.queries:,} -> 0"))
    return Finding(
        ID,
        Severity.WARNING,
        " -> ".join(load.path),
        f"{loader}, never read",
        evidence=tuple(evidence),
        location=location(load.origin),
        fix=Rewrite(f"no {loader}({step}) in this statement", load.origin),
        proof=load.proof,
        weight=load.total_ms,
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="a relationship loaded eagerly and never read",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
