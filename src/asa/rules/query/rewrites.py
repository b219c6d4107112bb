"""What the rules share that show a query in other SQL."""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Instead, Proof, Severity
from asa.model.fix import Rewrite
from asa.model.workload import QueryClass
from asa.rules.query.candidates import facts_of
from asa.rules.query.missing_index import SMALL_ROWS
from asa.rules.query.n_plus_one import location, place
from asa.rules.query.relationship import class_of
from asa.rules.query.wording import query_text, seen
from asa.sql.facts import Facts
from asa.sql.rewriting import Form, Rewritten, rewritten
from asa.sql.shown import shortened

__all__ = ["LEAST_MS", "attribute", "found", "offered", "rows_of", "worthwhile"]

LEAST_MS = 20.0
"""Queries that took less than this in the whole log are not worth a change."""
WIDTH, MOST_LINES = 66, 6


def worthwhile(case: Case) -> Iterator[tuple[QueryClass, Facts]]:
    """Yield the classes that read or write a large table and take time, where that is known."""
    for query_class in case.workload.classes:
        if query_class.total_ms is not None and query_class.total_ms < LEAST_MS:
            continue
        known = facts_of(case, query_class) if case.schema and not query_class.truncated else None
        if known and any(rows_of(case, use.name) >= SMALL_ROWS for use in known.tables):
            yield query_class, known


def rows_of(case: Case, name: str) -> int:
    """Return the rows of a table; 0 where they are not known."""
    table = case.schema.table(name) if case.schema else None
    return (table.rows or 0) if table else 0


def offered(case: Case, form: Form) -> Iterator[tuple[QueryClass, Facts, Rewritten]]:
    """Yield the classes worth a change that can be written in a form."""
    for query_class, known in worthwhile(case):
        other = case.schema and rewritten(form, query_class.sql, case.dialect, case.schema)
        if other:
            yield query_class, known, other


def found(
    rule: str,
    query_class: QueryClass,
    subject: str,
    summary: str,
    fix: str,
    other: Rewritten | None = None,
    *,
    how: str = "",
    shown: str | None = None,
    severity: Severity = Severity.WARNING,
    proof: Proof | None = None,
    notes: tuple[tuple[str, str], ...] = (),
) -> Finding:
    """Return the finding about one class.

    Args:
        rule: Its id.
        query_class: What it is about.
        subject: The thing judged.
        summary: What is wrong, in a few words.
        fix: What to write, in terms of SQLAlchemy.
        other: The statement to plan beside it.
        how: What its plan shows where it is not of the very statement advised.
        shown: What to show as the rewrite, where that is not the statement planned.
        severity: Unless proved.
        proof: Where the log itself shows it.
        notes: More evidence.
    """
    site = query_class.call_sites[0][0] if query_class.call_sites else None
    text = other.shown if other and shown is None else shown
    rewrite = (
        (("rewrite", shortened(text, WIDTH, MOST_LINES, query_class.dialect)),) if text else ()
    )
    return Finding(
        rule,
        severity,
        subject,
        summary,
        evidence=(*evidence(query_class), *rewrite, *notes),
        location=location(site),
        fix=Rewrite(fix, site),
        proof=proof,
        weight=query_class.total_ms or 0.0,
        fingerprints=(query_class.fingerprint,),
        instead=Instead(other.sql, other.keys, how) if other else None,
    )


def evidence(query_class: QueryClass) -> Iterator[tuple[str, str]]:
    """Yield where a class is asked, what it asks and how often."""
    if query_class.call_sites:
        yield "load", place(query_class.call_sites[0][0])
    yield "query", query_text(query_class)
    yield "seen", seen(query_class)


def attribute(case: Case, column: str) -> str:
    """Return a `table.column` as SQLAlchemy names it: `Order.placed`, else `orders.c.placed`."""
    table, _, name = column.rpartition(".")
    owner = class_of(case, table)
    for mapped in case.workload.mapped if owner else ():
        if mapped.name == owner:
            return f"{owner}.{mapped.attribute(name) or name}"
    return f"{table}.c.{name}"
