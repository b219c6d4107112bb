"""The same query is sent with the same values again and again in one scope.

What it does:
    Finds a line that asks the database the same question with the same values three times
    or more within one session or transaction, though nothing was written there in between.
    A program that waits between its questions polls, one that gets no rows or errors tries
    again: neither is meant.

Why it matters:
    Each time is a journey to the server for an answer that the program has already.

Example:
    for item in items:
        settings = await session.scalar(select(Settings).where(Settings.name == "shop"))

Fix:
    Ask once before the loop, or hand the answer on. `session.get` answers from the session
    where the row was loaded before.

When to ignore:
    Other sessions change the rows meanwhile, and each change has to be seen.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/session_basics.html#get-by-primary-key
    https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-a-cache
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity, Unproved
from asa.model.fix import Rewrite
from asa.model.rule import Rule
from asa.model.workload import Burst, QueryClass
from asa.rules.query.candidates import facts_of
from asa.rules.query.n_plus_one import location, loop, place, saved, times
from asa.rules.query.per_row import is_gathered
from asa.rules.query.wording import query_text
from asa.sql.statement import Kind

__all__ = ["RULE", "check"]

ID = "identical-query"
LEAST = 3
POLLING_MS = 5.0
"""Time without a query between two of them, from which on a program is taken to wait."""


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line that repeats a question."""
    for burst in case.workload.bursts:
        if burst.load is not None or burst.calls < LEAST or burst.distinct_parameters != 1:
            continue
        if burst.writes_between or polls(burst) or is_gathered(burst):
            continue
        query_class = case.query_class(burst.fingerprint)
        found = facts_of(case, query_class) if query_class else None
        if query_class is None or query_class.rows == 0 or query_class.errors:
            continue  # It waits for rows, or tries again.
        if found and found.kind is Kind.SELECT and found.tables:
            yield finding(burst, query_class, found.tables[0].name)


def polls(burst: Burst) -> bool:
    """Tell whether a program waits between its questions."""
    if burst.span_ms is None:
        return False
    return (burst.span_ms - (burst.total_ms or 0.0)) / (burst.calls - 1) > POLLING_MS


def finding(burst: Burst, query_class: QueryClass, table: str) -> Finding:
    """Return the finding for one line."""
    site = burst.repeated_at
    summary = f"{burst.calls:,} times the same"
    if burst.scope.label:
        summary = f"{burst.scope.label}, {summary}"
    return Finding(
        ID,
        Severity.WARNING,
        burst.entity or table,
        summary,
        evidence=(
            *loop(burst),
            ("ask", place(burst.call_site, times(burst))),
            ("query", query_text(query_class)),
            ("queries", f"{burst.calls:,} -> 1 predicted"),
        ),
        location=location(site),
        fix=Rewrite("ask once, and hand the answer on", site),
        proof=Unproved("not rerun"),
        weight=saved(burst),
        fingerprints=(burst.fingerprint,),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="the same question asked again in one scope",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
