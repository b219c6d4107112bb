"""What a running server counts of its statements, in one shape for all servers."""

from dataclasses import dataclass

__all__ = ["StatementStatistics", "StatementTotals"]


@dataclass(frozen=True, slots=True)
class StatementTotals:
    """All executions of one normalised statement by one user.

    Attributes:
        sql: The statement, with placeholders for its values, or a real one.
        calls: Executions.
        total_ms: Sum of their durations.
        max_ms: The longest; None where the server does not tell.
        rows: Rows returned or affected.
        errors: Executions that failed.
        user: None where the server does not tell.
        first_seen: Seconds since the epoch; None where the server does not tell.
        last_seen: Likewise.
        truncated: Whether the server cut the statement off.
    """

    sql: str
    calls: int
    total_ms: float
    max_ms: float | None = None
    rows: int | None = None
    errors: int = 0
    user: str | None = None
    first_seen: float | None = None
    last_seen: float | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class StatementStatistics:
    """The statements that a server counted in one database.

    Attributes:
        view: Where it shows them: `pg_stat_statements`, `performance_schema`.
        dialect: `postgresql` or `mysql`.
        database: Name of the database.
        totals: Those with a text.
        since: When counting began, seconds since the epoch; None where not told.
        evicted: Statements, or executions, that were dropped for want of room; None where
            not told.
        hidden: How many statements of other users the role may not read.
        hint: How it might.
    """

    view: str
    dialect: str
    database: str
    totals: tuple[StatementTotals, ...]
    since: float | None = None
    evicted: int | None = None
    hidden: int = 0
    hint: str = ""
