"""Rows are loaded only to be counted.

What it does:
    Finds a line that takes `len` of all rows of a query.

Why it matters:
    The database counts without sending anything: the rows, and an object for each, are
    made for one number.

Example:
    total = len((await session.scalars(select(Order))).all())

Fix:
    total = await session.scalar(select(func.count()).select_from(Order))

When to ignore:
    The rows are few, and needed anyway.

See Also:
    https://docs.sqlalchemy.org/en/20/tutorial/data_select.html#tutorial-functions
    https://www.postgresql.org/docs/current/functions-aggregate.html
"""

import re
from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity, Unproved
from asa.model.fix import Rewrite
from asa.model.record import CallSite
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.candidates import facts_of
from asa.rules.query.n_plus_one import location, place
from asa.rules.query.relationship import class_of
from asa.rules.query.wording import query_text, seen
from asa.sql.statement import Kind

__all__ = ["RULE", "check"]

ID = "counted-in-python"
COUNTED = re.compile(r"\blen\(\s*\(?\s*(?:list\()?\(?\s*await\b.*\.(?:all|fetchall)\(\)\s*\)")


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line that counts rows itself."""
    for query_class in case.workload.classes:
        site = next((s for s, _ in query_class.call_sites if COUNTED.search(s.text)), None)
        found = facts_of(case, query_class) if site else None
        if site and found and found.kind is Kind.SELECT and found.tables and not found.limited:
            yield finding(case, query_class, found.tables[0].name, site)


def finding(case: Case, query_class: QueryClass, table: str, site: CallSite) -> Finding:
    """Return the finding for one line."""
    name = class_of(case, table) or table
    rows = (query_class.rows or 0) / max(query_class.calls, 1)
    return Finding(
        ID,
        Severity.WARNING,
        name,
        f"{rows:,.0f} rows for one number" if query_class.rows else "rows for one number",
        evidence=(
            ("count", place(site)),
            ("query", query_text(query_class)),
            ("seen", seen(query_class)),
        ),
        location=location(site),
        fix=Rewrite(f"select(func.count()).select_from({name})", site),
        proof=Unproved("not rerun"),
        fingerprints=(query_class.fingerprint,),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="rows loaded only to be counted",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
