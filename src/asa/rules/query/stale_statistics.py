"""A good part of a table changed since the planner looked at it.

What it does:
    Finds tables that the log's queries read, of which a fifth of the rows and 1,000 at least
    changed since the last ANALYZE, as the server counts. Autovacuum would have come at a
    tenth: it is off, or does not keep up. Nothing is said of a server that counts for less
    than a day, and of what was analysed within the hour.

Why it matters:
    The planner believes the old numbers: the newest rows, which are asked for most, lie
    beyond what it knows, and it expects one of them.

Example:
    n_mod_since_analyze = 4,000,000 of 9,000,000 rows

Fix:
    ANALYZE orders, and ALTER TABLE orders SET (autovacuum_analyze_scale_factor = 0.02).
    Behind a bulk load run ANALYZE by hand.

When to ignore:
    The table is a queue that fills and empties all day.

See Also:
    https://www.postgresql.org/docs/current/routine-vacuuming.html
    https://www.postgresql.org/docs/current/sql-analyze.html
"""

from collections.abc import Iterator

from asa.model.activity import Activity, TableActivity
from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.fix import Rewrite
from asa.model.rule import Rule
from asa.rules.query.candidates import facts_of
from asa.rules.query.rewrites import rows_of
from asa.rules.query.wording import large

__all__ = ["RULE", "check", "outdated"]

ID = "stale-statistics"
SHARE = 0.2
LEAST_CHANGED = 1_000
LEAST_DAYS = 1.0
RECENT_S = 3_600.0
DAY_S = 86_400.0


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each table that changed much."""
    activity = case.activity
    if not isinstance(activity, Activity):
        return
    names = {
        use.name
        for query_class in case.workload.classes
        if (known := facts_of(case, query_class))
        for use in known.tables
    }
    for table in activity.tables:
        if table.name in names and outdated(case, activity, table):
            yield finding(case, activity, table)


def outdated(case: Case, activity: Activity, table: TableActivity) -> bool:
    """Tell whether a table's statistics are of other rows."""
    changed = table.changed or 0
    recent = table.analysed is not None and activity.now - table.analysed < RECENT_S
    if recent or activity.days < LEAST_DAYS:
        return False
    return changed >= LEAST_CHANGED and changed > SHARE * rows_of(case, table.name)


def finding(case: Case, activity: Activity, table: TableActivity) -> Finding:
    """Return the finding about one table."""
    rows = rows_of(case, table.name)
    whole = f" of {large(rows)}" if rows else ""
    since = "never analysed"
    if table.analysed is not None:
        since = f"analysed {(activity.now - table.analysed) / DAY_S:.0f} days ago"
    return Finding(
        ID,
        Severity.WARNING,
        table.name,
        f"{large(table.changed or 0)}{whole} rows changed, {since}",
        fix=Rewrite(f"ANALYZE {table.name}, and see why autovacuum did not"),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="planner statistics of rows that are no more",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql",),
)
