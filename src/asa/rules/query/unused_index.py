"""An index that the server never went by, as long as it counts.

What it does:
    Finds indexes without a single scan in the server's own statistics, where these go back a
    week or more, and the table was read meanwhile. Left alone are indexes that forbid
    something (unique, primary, exclusion), that foreign keys need, that order the table or
    tell its rows to replicas, that hold expressions, whose statistics serve by themselves,
    and those of small tables. The workload is planned without it: only where no query loses
    is it said.

Why it matters:
    It is written by every INSERT and most UPDATEs, kept in memory and in each backup; on
    PostgreSQL it keeps updates from being HOT.

Example:
    Index("ix_orders_note", "note"), idx_scan = 0 since 34 days

Fix:
    Drop it, and keep the statement that made it.

When to ignore:
    It serves the report of each year's end, or a replica, which counts for itself: ask there
    too.

See Also:
    https://www.postgresql.org/docs/current/monitoring-stats.html
    https://dev.mysql.com/doc/refman/8.4/en/sys-schema-unused-indexes.html
    https://mariadb.com/kb/en/user-statistics/
"""

from collections.abc import Iterator

from asa.model.activity import Activity, IndexActivity, NotCounted
from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.fix import DropIndex
from asa.model.judgement import NotJudged
from asa.model.rule import Rule
from asa.model.schema import Index, Table
from asa.rules.query.ddl import drop_index
from asa.rules.query.duplicate_index import equal
from asa.rules.query.missing_index import SMALL_ROWS
from asa.rules.query.redundant_index import longer
from asa.rules.query.wording import volume

__all__ = ["RULE", "check"]

ID = "unused-index"
LEAST_DAYS = 7.0
"""Work that is done once a week has been done."""
TOLD_DAYS = 1.0
"""A server that counts for less than this is no production server, and nobody asked."""


def check(case: Case) -> Iterator[Finding | NotJudged]:
    """Yield each index that may go and was never scanned, or why that cannot be told."""
    droppable = [
        (table, index)
        for table in (case.schema.tables if case.schema else ())
        for index in table.indexes
        if (table.rows or 0) >= SMALL_ROWS and drops(table, index)
    ]
    match case.activity:
        case NotCounted(reason) if droppable:
            yield NotJudged("unused indexes", reason)
        case Activity() as activity:
            idle = [
                (table, index, use)
                for table, index in droppable
                if (use := unused(activity, table, index))
            ]
            if idle and activity.days < LEAST_DAYS:
                if activity.days >= TOLD_DAYS:
                    reason = f"the server has counted for {age(activity)} only"
                    yield NotJudged("unused indexes", reason)
                return
            yield from (finding(case, activity, *one) for one in idle)


def drops(table: Table, index: Index) -> bool:
    """Tell whether an index may go by what it is, and no other rule says so."""
    if index.name is None or not index.valid:
        return False
    if index.unique or index.primary or index.constraint:
        return False
    beside = equal(table, index) or longer(table, index)
    return all(plain(table, key) for key in index.columns) and not (beside or refers(table, index))


def plain(table: Table, key: str) -> bool:
    """Tell whether a key is a column, behind the name of another method than B-tree or not."""
    return any(table.column(word.partition("(")[0]) for word in key.split(" ")[:2])


def refers(table: Table, index: Index) -> bool:
    """Tell whether an index begins with a foreign key: deletes of what it refers to need it."""
    return any(
        set(index.columns[: len(key.columns)]) == set(key.columns) for key in table.foreign_keys
    )


def unused(activity: Activity, table: Table, index: Index) -> IndexActivity | None:
    """Return what was counted of an index never scanned, while its table was read."""
    use = activity.index(table.name, index.name)
    whole = activity.table(table.name)
    return use if use and not use.scans and whole and whole.reads else None


def age(activity: Activity) -> str:
    """Return for how long a server counted."""
    return f"{activity.days:.0f} day{'s' if activity.days >= 1.5 else ''}"


def finding(
    case: Case, activity: Activity, table: Table, index: Index, use: IndexActivity
) -> Finding:
    """Return the finding about one index."""
    name = index.name or ""
    where = f" WHERE {index.where}" if index.where else ""
    size = f"{volume(use.size)}, " if use.size else ""
    doubts = tuple(("mind", doubt) for doubt in doubts_of(case, activity))
    return Finding(
        ID,
        Severity.INFO if doubts else Severity.WARNING,
        f"{name} on {table.name} ({', '.join(index.columns)}){where}",
        f"no scan in {age(activity)}",
        evidence=(("price", f"{size}written by every INSERT for nothing"), *doubts),
        fix=DropIndex(table.name, name, drop_index(case.dialect, table.name, name)),
    )


def doubts_of(case: Case, activity: Activity) -> Iterator[str]:
    """Yield why a scan may have been missed."""
    if case.server and case.server.replica:
        yield "this is a replica, and the primary counts for itself: ask there too"
    elif activity.replicas:
        several = activity.replicas > 1
        who = f"{activity.replicas} replicas count" if several else "1 replica counts"
        yield f"{who} for {'themselves' if several else 'itself'}: ask there too"
    if activity.switchable:
        yield "userstat may have been switched on later than the server"


RULE = Rule(
    id=ID,
    family="query",
    summary="an index that the server never counted as used",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
