"""A query reads a whole table to find the few rows whose columns equal its values.

What it does:
    Looks at each plan that reads all of a table although the query compares columns of it
    by equality, or reaches it by a join, and at foreign keys that a DELETE of the other
    table has to look up. Where the planner tells costs, also at ranges, and at the order of
    a query with LIMIT. One index is proposed for all queries that it can serve: compared
    columns first, then the order or range wanted.

Why it matters:
    The time grows with the table, and each run reads all of it through memory.

Example:
    SELECT ... FROM orders WHERE customer_id = ?
    plan: Seq Scan on orders

Fix:
    Index("ix_orders_customer_id", "customer_id") in the model, and a revision.

When to ignore:
    The table is written far more often than it is read this way. Tables under 1,000 rows
    are not judged: reading them whole is quicker than any index.

See Also:
    https://www.postgresql.org/docs/current/indexes.html
    https://dev.mysql.com/doc/refman/8.4/en/mysql-indexes.html
    https://www.sqlite.org/queryplanner.html
"""

from collections.abc import Iterator, Sequence

from asa.model.case import Case
from asa.model.finding import Finding, Location, Refuted, Severity, Unproved
from asa.model.fix import IndexKey
from asa.model.judgement import NotJudged
from asa.model.rule import Rule
from asa.model.schema import Table
from asa.model.workload import QueryClass
from asa.rules.query.candidates import Candidate, candidates_of, covers, merged, needed_by_deletes
from asa.rules.query.ddl import add_index
from asa.rules.query.dialects import features_of
from asa.rules.query.wording import large, query_text, seen

__all__ = ["ID", "RULE", "SMALL_ROWS", "check", "related", "served"]

ID = "missing-index"
SMALL_ROWS = 1_000
UNSEEN = Unproved("no plan shows what a foreign key reads")
LARGEST_SHARE = 0.1
"""An index that leaves more of the table than this saves little over reading it all."""


UNKNOWN_SHARE = 0.9
LONG_TEXT_PREFIX = 64


def check(case: Case) -> Iterator[Finding | NotJudged]:
    """Yield one finding for each index that some query classes lack."""
    if case.schema is None:
        return
    found = list(wanted(case))
    tables = {name: case.schema.table(name) for name in dict.fromkeys(c.table for c in found)}
    small = {name for name, table in tables.items() if table and is_small(table)}
    yield from (NotJudged(name, size(tables[name])) for name in sorted(small))
    large_ones = [c for c in found if c.table not in small]
    hopeless = [c for c in large_ones if unselective(tables[c.table], c)]
    # One that saves little must not spoil another that it could be merged with.
    for group in ([c for c in large_ones if c not in hopeless], hopeless):
        for candidate in merged(group):
            table = tables[candidate.table]
            if table and not any(covers(index, candidate) for index in table.indexes):
                yield finding(case, table, candidate)


def wanted(case: Case) -> Iterator[Candidate]:
    """Yield the candidates of all query classes."""
    for query_class in case.workload.classes:
        if plan := case.plan(query_class.fingerprint):
            yield from candidates_of(case, query_class, plan)
            yield from needed_by_deletes(case, query_class)


def is_small(table: Table) -> bool:
    """Tell whether a table is too small, or of unknown size."""
    return table.rows is None or table.rows < SMALL_ROWS


def size(table: Table | None) -> str:
    """Return why a table is not judged."""
    if table is None or table.rows is None:
        return "is of unknown size"
    return f"has {table.rows:,} row{'s' if table.rows != 1 else ''} here"


def finding(case: Case, table: Table, candidate: Candidate) -> Finding:
    """Return the finding that a table lacks an index."""
    classes = [c for f in candidate.fingerprints if (c := case.query_class(f))]
    classes.sort(key=lambda c: -(c.total_ms or 0))
    index = add_index(
        case.dialect,
        table.name,
        [key(table, case, text) for text in candidate.columns],
        partitioned=bool(table.partitions),
    )
    return Finding(
        ID,
        Severity.WARNING,
        index.subject,
        f"{large(table.rows or 0)} rows",
        evidence=(*served(classes), ("price", "one more index on each INSERT")),
        related=related(classes),
        fix=index,
        proof=UNSEEN if candidate.unseen else unselective(table, candidate),
        weight=sum(c.total_ms or 0 for c in classes),
        fingerprints=tuple(c.fingerprint for c in classes),
    )


def key(table: Table, case: Case, text: str) -> IndexKey:
    """Return a key of the index; MySQL keeps only the beginning of a long text."""
    name = text.removesuffix(" DESC")
    column = table.column(name)
    long = column is not None and column.type.lower().endswith(("text", "blob"))
    length = LONG_TEXT_PREFIX if long and features_of(case).needs_length else None
    return IndexKey(name, descending=text != name, length=length)


def related(classes: Sequence[QueryClass]) -> tuple[tuple[str, Location], ...]:
    """Return the lines that ask."""
    return tuple(
        ("asked here", Location(site.file, site.line))
        for query_class in classes
        for site, _ in query_class.call_sites[:1]
    )


def served(classes: Sequence[QueryClass]) -> Iterator[tuple[str, str]]:
    """Yield the heaviest query and how many others there are."""
    yield "query", query_text(classes[0])
    yield "seen", seen(classes[0])
    if len(classes) > 1:
        yield (
            "also",
            f"serves {len(classes) - 1} more query class{'es' if len(classes) > 2 else ''}",
        )


def unselective(table: Table | None, candidate: Candidate) -> Refuted | None:
    """Return why an index would not help, where the planner expects too much of the table.

    An estimate of nearly all rows says nothing: a planner without statistics gives it too.
    An index that gives an order may still save the sort: only a plan can tell.
    """
    if not table or not table.rows or candidate.expected is None or candidate.suffix:
        return None
    share = candidate.expected / table.rows
    if LARGEST_SHARE < share < UNKNOWN_SHARE:
        return Refuted(f"the planner expects {share:.0%} of its rows")
    return None


RULE = Rule(
    id=ID,
    family="query",
    summary="a query reads a whole table to find a few rows",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
