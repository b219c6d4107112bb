"""An UPDATE or DELETE without WHERE changes every row of a large table.

What it does:
    Finds UPDATE and DELETE statements without WHERE and without a join on tables of 1,000 rows
    and more, where the log does not tell that they changed fewer.

Why it matters:
    It locks every row until the transaction ends, and writes each of them anew. More often
    than not a condition was forgotten.

Example:
    await session.execute(update(Order).values(seen=True))

Fix:
    Say which rows: .where(Order.seen.is_(False)). To empty a table use TRUNCATE; to fill a
    column of many rows work in batches by key.

When to ignore:
    The whole table is meant, and nobody else uses it at that time.

See Also:
    https://www.postgresql.org/docs/current/sql-truncate.html
    https://docs.sqlalchemy.org/en/20/orm/queryguide/dml.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.missing_index import SMALL_ROWS
from asa.rules.query.rewrites import found, rows_of, worthwhile
from asa.rules.query.wording import large
from asa.sql.facts import Facts
from asa.sql.statement import Kind

__all__ = ["RULE", "check"]

ID = "write-without-where"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class that changes a whole table."""
    for query_class, known in worthwhile(case):
        if (
            known.kind in (Kind.UPDATE, Kind.DELETE)
            and known.writes
            and changes_all(known, query_class)
        ):
            rows = rows_of(case, known.writes)
            if rows < SMALL_ROWS:
                continue
            verb = "updates" if known.kind is Kind.UPDATE else "deletes"
            fix = ".where(...)" if known.kind is Kind.UPDATE else ".where(...), or TRUNCATE"
            summary = f"{verb} all {large(rows)} rows"
            yield found(ID, query_class, known.writes, summary, fix)


def changes_all(known: Facts, query_class: QueryClass) -> bool:
    """Tell whether a class changes each row of its table, as far as its text and log tell."""
    few = query_class.rows is not None and query_class.rows < SMALL_ROWS * query_class.calls
    words = query_class.fingerprint.split()
    return not few and len(known.tables) == 1 and "WHERE" not in words and "LIMIT" not in words


RULE = Rule(
    id=ID,
    family="query",
    summary="UPDATE or DELETE of a whole table",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
