"""Rows are inserted, updated or deleted one statement at a time.

What it does:
    Finds a line that sends the same INSERT, UPDATE or DELETE again and again within one
    session, each time for another row: a flush or an `execute` in a loop. What one flush
    writes row by row because the database leaves it no choice is not meant, nor are
    batches.

Why it matters:
    Each statement is a journey to the server. The same rows go in one statement, or in few.

Example:
    for label in labels:
        session.add(Tag(label=label))
        await session.flush()

Fix:
    Add all objects and flush once, or hand all rows to one statement:
    session.execute(insert(Tag), rows). For values that are the same for all rows,
    update(Tag).where(Tag.id.in_(ids)).

When to ignore:
    Each row must be committed by itself, or the number of rows has a small, fixed bound.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/queryguide/dml.html#orm-queryguide-bulk-insert
    https://www.postgresql.org/docs/current/populate.html
    https://dev.mysql.com/doc/refman/8.4/en/insert-optimization.html
"""

import re
from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity, Unproved
from asa.model.fix import Rewrite
from asa.model.rule import Rule
from asa.model.workload import Burst, QueryClass
from asa.rules.query.batch import plural
from asa.rules.query.candidates import facts_of
from asa.rules.query.commit_in_loop import commits_each
from asa.rules.query.n_plus_one import location, loop, place, times
from asa.rules.query.per_row import compared
from asa.rules.query.relationship import class_of
from asa.rules.query.wording import query_text
from asa.sql.facts import Facts, Match
from asa.sql.statement import Kind

__all__ = ["RULE", "check"]

ID = "row-by-row-write"
LEAST = 5
SHARE_DISTINCT = 0.8
BATCH = re.compile(r"\bvalues\s*\(.*?\)\s*,\s*\(", re.IGNORECASE | re.DOTALL)
READS = re.compile(r"\bselect\b", re.IGNORECASE)
EXECUTED = re.compile(r"\b(execute|scalars?)\s*\(")


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line that writes row by row."""
    for burst in case.workload.bursts:
        if burst.load is not None or burst.calls_alike < LEAST or commits_each(burst):
            continue
        if burst.distinct_parameters < min(burst.calls, 256) * SHARE_DISTINCT:
            continue
        query_class = case.query_class(burst.fingerprint)
        found = facts_of(case, query_class) if query_class else None
        if query_class is None or found is None or found.writes is None:
            continue
        cure = rewritten(case, burst, query_class, found)
        if cure is not None:
            yield finding(burst, query_class, found.writes, cure)


def rewritten(case: Case, burst: Burst, query_class: QueryClass, found: Facts) -> str | None:
    """Return what writes all rows at once; None where a statement is no write of one row."""
    name = burst.entity or found.writes or ""
    if is_flushed_early(case, burst):
        return "with session.no_autoflush: around the loop, and one flush behind it"
    if found.kind is Kind.INSERT:
        return rewritten_insert(case, burst, query_class, name)
    if found.kind not in (Kind.UPDATE, Kind.DELETE) or not is_executed(burst):
        return None
    column = compared(found)
    if column is None or any(p.match is Match.IN for p in found.predicates):
        return None
    rows = f".where({name}.{column}.in_({plural(column)}))"
    if found.kind is Kind.DELETE:
        return f"delete({name}){rows}"
    if varying(query_class) == 1:
        return f"update({name}){rows}"
    return f"execute(update({name}), rows)"


def is_flushed_early(case: Case, burst: Burst) -> bool:
    """Tell whether a query of the same line lets the session write first what was changed."""
    return burst.entity is None and any(
        any(site == burst.call_site for site, _ in one.call_sites)
        for one in case.workload.classes
        if burst.call_site is not None and one.fingerprint.startswith("SELECT")
    )


def rewritten_insert(case: Case, burst: Burst, query_class: QueryClass, name: str) -> str | None:
    """Return what inserts all rows at once; None where a statement inserts several already."""
    if BATCH.search(query_class.sql) or READS.search(query_class.sql):
        return None
    if is_executed(burst):
        return f"execute(insert({name}), rows)"
    # Without RETURNING a single flush has to insert row by row, to learn each key.
    if query_class.dialect == "mysql":
        return None
    entity = class_of(case, name)
    if entity is None:
        return "session.add_all(...) and one flush"
    return f"session.add_all([{entity}(...) for ... in ...]) and one flush"


def is_executed(burst: Burst) -> bool:
    """Tell whether the program sends a statement of its own, and leaves it to no flush."""
    text = burst.call_site.text if burst.call_site else ""
    return burst.entity is not None or EXECUTED.search(text) is not None


def varying(query_class: QueryClass) -> int | None:
    """Return how many of a statement's parameters vary; None where that is not known."""
    sets = [s.parameters for s in query_class.parameter_sets]
    if len(sets) < LEAST:
        return None
    if not all(isinstance(values, tuple) for values in sets):
        return None
    columns = zip(*(map(repr, values or ()) for values in sets), strict=False)
    return sum(len(set(column)) > 1 for column in columns)


def finding(burst: Burst, query_class: QueryClass, table: str, cure: str) -> Finding:
    """Return the finding for one line."""
    site = burst.repeated_at
    summary = f"{burst.calls:,} statements"
    if burst.scope.label:
        summary = f"{burst.scope.label}, {summary}"
    if burst.scopes > 1:
        summary += f", in {burst.scopes:,} scopes"
    total = burst.all_ms if burst.all_ms is not None else burst.total_ms
    return Finding(
        ID,
        Severity.WARNING,
        table,
        summary,
        evidence=(
            *loop(burst),
            ("write", place(burst.call_site, times(burst))),
            ("query", query_text(query_class)),
            ("queries", f"{burst.calls:,} -> 1 predicted"),
        ),
        location=location(site),
        fix=Rewrite(cure, site),
        proof=Unproved("not rerun"),
        weight=(total or 0.0) * (1 - 1 / burst.calls),
        fingerprints=(burst.fingerprint,),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="rows written one statement at a time",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
