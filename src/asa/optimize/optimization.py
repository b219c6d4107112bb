"""The workflow of `asa optimize`, on a database or on a snapshot of one."""

from collections.abc import Mapping

from asa.database.load import LONGEST_S, Load
from asa.database.url import DatabaseUrl
from asa.errors import UsageError
from asa.model.event import Notify, silent
from asa.model.row_snapshot import RowSnapshot
from asa.model.snapshot import Snapshot
from asa.model.workload import Workload
from asa.optimize.asking import Asking, Optimization, asked
from asa.optimize.on_snapshot import asked_on_snapshot
from asa.optimize.snapshot import take_snapshot

__all__ = ["Optimization", "optimize"]

PLANNED_ALONE = frozenset({"postgresql"})
"""Dialects whose planner looks at no rows, so that other sizes are given to it directly."""


async def optimize(
    workload: Workload,
    database: DatabaseUrl | None = None,
    *,
    jobs: int = 2,
    show_values: bool = False,
    snapshot: Snapshot | RowSnapshot | None = None,
    budget: int | None = None,
    rows: Mapping[str, int] | None = None,
    limit_s: float = LONGEST_S,
    notify: Notify = silent,
) -> Optimization:
    """Judge a workload, on the plans of a database or of a snapshot of one where it is given.

    Args:
        workload: Query classes and bursts.
        database: Read only: its schema, its plans, samples of indexed columns.
        snapshot: Planned on instead of a database, on a throwaway server.
        jobs: How many statements are planned at once.
        show_values: Whether findings may hold values of the log.
        budget: Bytes that new indexes may take together.
        rows: By table: what to plan with instead of the rows that it has.
        limit_s: Seconds that the database may plan in all; a twin may longer.
        notify: Told of each statement planned.

    Raises:
        DatabaseError: The database is unreachable or refused.
        ScratchError: No twin can be made of the snapshot here.
        UsageError: `rows` names a table that is not there, or there is no database.
    """
    asking = Asking(jobs, show_values, budget, rows or {}, Load(limit_s), notify)
    if snapshot is None and rows:
        snapshot = await snapshot_of(database)
    if snapshot is None:
        return await asked(asking, workload, database)
    return await asked_on_snapshot(asking, workload, snapshot)


async def snapshot_of(database: DatabaseUrl | None) -> Snapshot | None:
    """Read what a planner knows of a database, where that is all it looks at; else None.

    Raises:
        UsageError: There is no database.
    """
    if database is None:
        raise UsageError("--rows needs the schema that the tables are of", "add --url")
    if database.dialect not in PLANNED_ALONE:
        return None
    snapshot = await take_snapshot(database)
    return snapshot if isinstance(snapshot, Snapshot) else None
