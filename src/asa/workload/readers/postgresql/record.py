"""The record of one execution, from the entry that tells of it."""

from asa.model.record import Parameters, QueryRecord
from asa.workload.readers.clock import seconds
from asa.workload.readers.postgresql.entry import Entry

__all__ = ["record_of"]

CUT_MARK = "[Your log message was truncated]"


def record_of(
    entry: Entry,
    sql: str,
    parameters: Parameters,
    duration_ms: float | None,
    executions: int,
    error: str | None,
    plan: str | None,
) -> QueryRecord | None:
    """Return the record of an execution; None where there is no statement."""
    cut = entry.torn
    if sql.endswith(CUT_MARK):
        sql, cut = sql.removesuffix(CUT_MARK).rstrip(), True
    if not sql or sql.isspace() or sql == ";":
        return None
    ended = seconds(entry.time)
    if ended is not None and duration_ms is not None:
        ended -= duration_ms / 1000
    who = entry.session
    # By place: a million keywords cost a second.
    return QueryRecord(
        sql,
        "postgresql",
        parameters,
        executions,
        duration_ms,
        ended,
        None,
        who.database,
        None,
        None,
        None,
        who.scope,
        error,
        who.user,
        who.application,
        cut,
        False,
        plan or None,
    )
