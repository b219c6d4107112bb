"""A query returns a great many rows, and nothing limits them.

What it does:
    Finds a SELECT without LIMIT that returns 5,000 rows and more a time on average. Queries
    whose rows are fetched a few at a time are not meant: nobody knows their number.

Why it matters:
    All rows are in memory at once, and with them one object each. The number grows with the
    data, until a request takes too long or the process is killed.

Example:
    orders = (await session.scalars(select(Order))).all()

Fix:
    Take a page at a time, `.order_by(Order.id).where(Order.id > last).limit(500)`; or read
    as they come: `async for order in await session.stream_scalars(select(Order))` with
    `.execution_options(yield_per=500)`.

When to ignore:
    The table is bounded, and all of it is needed.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/queryguide/api.html#orm-queryguide-yield-per
    https://docs.sqlalchemy.org/en/20/core/connections.html#engine-stream-results
    https://www.postgresql.org/docs/current/queries-limit.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.fix import Rewrite
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.candidates import facts_of
from asa.rules.query.n_plus_one import location, place
from asa.rules.query.wording import large, query_text, seen
from asa.sql.statement import Kind

__all__ = ["RULE", "check"]

ID = "unbounded-result"
MANY_ROWS = 5_000


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class that returns very many rows."""
    for query_class in case.workload.classes:
        if query_class.rows is None or query_class.rows < MANY_ROWS * query_class.calls:
            continue
        found = facts_of(case, query_class)
        if found and found.kind is Kind.SELECT and found.tables and not found.limited:
            yield finding(query_class, found.tables[0].name)


def finding(query_class: QueryClass, table: str) -> Finding:
    """Return the finding for one class."""
    site = query_class.call_sites[0][0] if query_class.call_sites else None
    rows = (query_class.rows or 0) / max(query_class.calls, 1)
    evidence = [("load", place(site))] if site else []
    evidence += [("query", query_text(query_class)), ("seen", seen(query_class))]
    return Finding(
        ID,
        Severity.WARNING,
        table,
        f"{large(rows)} rows a time",
        evidence=tuple(evidence),
        location=location(site),
        fix=Rewrite(".limit(500), or .execution_options(yield_per=500) with stream", site),
        fingerprints=(query_class.fingerprint,),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="very many rows, and no limit",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
