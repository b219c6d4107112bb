"""A sort or hash needs more memory than it may have, and goes to disk.

What it does:
    Reads the plans that auto_explain logged with log_analyze: finds sorts, hash joins and
    hashed groups that wrote 1 MB and more to disk.

Why it matters:
    work_mem is what one step of one query may use, 4 MB by default. Beyond it rows are written
    to temporary files and read again, once or several times.

Example:
    Sort Method: external merge  Disk: 51248kB

Fix:
    Sort less: fewer columns (load_only, defer), a LIMIT, an index in the order wanted. Else
    give this query more: `await session.execute(text("SET LOCAL work_mem = '160MB'"))` in its
    transaction. For all queries only where memory is there for each step of each connection.

When to ignore:
    A report by night.

See Also:
    https://www.postgresql.org/docs/current/runtime-config-resource.html
    https://www.postgresql.org/docs/current/auto-explain.html
    https://docs.sqlalchemy.org/en/20/orm/queryguide/columns.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Proved, Severity
from asa.model.plan import PlanNode
from asa.model.rule import Rule
from asa.rules.query.rewrites import LEAST_MS, found
from asa.rules.query.wording import volume

__all__ = ["RULE", "check"]

ID = "spill-to-disk"
LEAST_KB = 1_024
IN_MEMORY = 3
"""In memory rows take about three times the room that they take in a file of a sort."""
STEP_MB = 16


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class of which a logged plan wrote to disk."""
    for query_class in case.workload.classes:
        if query_class.plan is None or (query_class.max_ms or LEAST_MS) < LEAST_MS:
            continue
        largest = max(query_class.plan.walk(), key=lambda node: node.disk_kb)
        if largest.disk_kb < LEAST_KB:
            continue
        size = volume(largest.disk_kb * 1_024)
        yield found(
            ID,
            query_class,
            name(largest),
            f"{size} to disk",
            f"fewer columns or rows, or SET LOCAL work_mem = '{needed(largest)}MB' before it",
            proof=Proved("measured by the server that logged the plan", query_class.plan.lines),
        )


def name(node: PlanNode) -> str:
    """Return a step with the tables that feed it."""
    tables = dict.fromkeys(below.table for below in node.walk() if below.table)
    return f"{node.kind} of {', '.join(filter(None, tables))}" if tables else node.kind


def needed(node: PlanNode) -> int:
    """Return the megabytes that would hold a step, rounded up."""
    megabytes = node.disk_kb * IN_MEMORY / 1_024
    return int(megabytes // STEP_MB + 1) * STEP_MB


RULE = Rule(
    id=ID,
    family="query",
    summary="a sort or hash that goes to disk",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql",),
)
