"""The planner expects a hundred times more or fewer rows of a table than there are.

What it does:
    Compares what the planner expected with what came: in plans that auto_explain logged with
    log_analyze, for each table; else the rows that the log tells with the plan of a query of
    one table. Said from a factor of 100 and 1,000 rows on. Too many expected is not said
    where a LIMIT or a join may have stopped the reading.

Why it matters:
    It chooses the way by these numbers: a nested loop is right for 5 rows, and hours for
    50,000.

Example:
    select(Address).where(Address.city == "Lyon", Address.country == "FR")
    Expected as if one city in a country were as likely as in any other.

Fix:
    ANALYZE, where it was long ago. For conditions on columns that depend on each other
    CREATE STATISTICS; for one column of very uneven values a greater statistics target.

When to ignore:
    The plan is the right one all the same.

See Also:
    https://www.postgresql.org/docs/current/planner-stats.html
    https://www.postgresql.org/docs/current/sql-createstatistics.html
    https://dev.mysql.com/doc/refman/8.4/en/analyze-table.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from asa.model.activity import Activity
from asa.model.case import Case
from asa.model.finding import Finding, Proved, Severity
from asa.model.plan import Plan, PlanNode
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.candidates import facts_of
from asa.rules.query.ddl import index_name, quoted
from asa.rules.query.rewrites import LEAST_MS, found, rows_of
from asa.rules.query.stale_statistics import outdated
from asa.rules.query.wording import large
from asa.sql.facts import Facts, Match
from asa.sql.statement import Kind

__all__ = ["RULE", "check"]

ID = "row-misestimate"
FACTOR = 100.0
LEAST_ROWS = 1_000
STOPPING = ("Limit", "Merge", "Semi", "Anti", "Unique")
TARGET = 1_000


@dataclass(frozen=True, slots=True)
class Error:
    """How wrong a planner was about one table."""

    table: str
    expected: float
    came: float
    how: str

    @property
    def factor(self) -> float:
        """How many times too many or too few."""
        low, high = sorted((max(self.expected, 1.0), max(self.came, 1.0)))
        return high / low


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class about which the planner is very wrong."""
    for query_class in case.workload.classes:
        if query_class.total_ms is not None and query_class.total_ms < LEAST_MS:
            continue
        known = facts_of(case, query_class)
        if known is None or known.kind is not Kind.SELECT:
            continue
        errors = [*logged(query_class.plan), *counted(case, query_class, known)]
        worst = max(errors, key=lambda error: error.factor, default=None)
        if worst is None or worst.factor < FACTOR:
            continue
        if max(worst.expected, worst.came) < LEAST_ROWS:
            continue
        yield found(
            ID,
            query_class,
            worst.table,
            f"{large(worst.expected)} rows expected, {large(worst.came)} came",
            advice(case, known, worst.table),
            proof=Proved(worst.how),
        )


def logged(plan: Plan | None) -> Iterator[Error]:
    """Yield the errors of a plan with what came at each step."""
    steps = tuple(plan.walk()) if plan else ()
    stops = any(node.kind.startswith(STOPPING) or "Semi" in node.kind for node in steps)
    for node in steps:
        if node.table is None or node.rows is None or node.actual is None or writes(node):
            continue
        if node.actual > node.rows or not stops:
            how = "measured by the server that logged the plan"
            yield Error(node.table, node.rows, node.actual, how)


def writes(node: PlanNode) -> bool:
    """Tell whether a step changes its table: it gives out nothing."""
    return node.kind == "ModifyTable"


def counted(case: Case, query_class: QueryClass, known: Facts) -> Iterator[Error]:
    """Yield the error about a query of one table, as the log's rows show it.

    Only too few can be told: nobody knows how many rows a program left unread.
    """
    plan = case.plan(query_class.fingerprint)
    plain = len(known.tables) == 1 and not (known.limited or known.distinct or known.group_by)
    if plan is None or not plain or not query_class.rows or not query_class.parameter_sets:
        return
    table = known.tables[0].name
    node = next((n for n in plan.walk() if n.table), None)
    mean = query_class.rows / max(query_class.calls, 1)
    if node is None or node.rows is None or not node.rows < mean <= rows_of(case, table):
        return
    yield Error(table, node.rows, mean, "planned here, beside the rows of the log")


def advice(case: Case, known: Facts, table: str) -> str:
    """Return what would tell the planner more."""
    matches = (Match.EQUALITY, Match.IN, Match.RANGE, Match.PREFIX, Match.NULL)
    columns = sorted(
        {p.column for p in known.predicates if p.table == table and p.match in matches}
    )
    named = ", ".join(quoted(case.dialect, column) for column in columns)
    if stale(case, table) or not columns:
        return f"ANALYZE {table}" if case.dialect != "mysql" else f"ANALYZE TABLE {table}"
    if case.dialect == "mysql":
        if case.server and case.server.flavour == "MariaDB":
            return f"ANALYZE TABLE {table} PERSISTENT FOR COLUMNS ({named}) INDEXES ()"
        return f"ANALYZE TABLE {table} UPDATE HISTOGRAM ON {named}"
    if len(columns) > 1:
        name = index_name(case.dialect, table, columns).replace("ix_", "st_", 1)
        made = f"CREATE STATISTICS {name} (dependencies, mcv) ON {named} FROM {table}"
        return f"{made}; ANALYZE {table}"
    return f"ALTER TABLE {table} ALTER {named} SET STATISTICS {TARGET}; ANALYZE {table}"


def stale(case: Case, name: str) -> bool:
    """Tell whether a good part of a table changed since its statistics were taken."""
    activity = case.activity
    table = activity.table(name) if isinstance(activity, Activity) else None
    return table is not None and isinstance(activity, Activity) and outdated(case, activity, table)


RULE = Rule(
    id=ID,
    family="query",
    summary="rows expected that are off by 100 times or more",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
