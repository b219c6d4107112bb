"""Take from a database what its planner knows, to plan elsewhere."""

from dataclasses import replace

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.model.row_snapshot import RowSnapshot
from asa.model.snapshot import Snapshot
from asa.optimize.hashing import hashed, shortened

__all__ = ["take_snapshot", "without_values"]

TELLING = frozenset("NDTBE")
"""Type categories whose values tell no text: numbers, dates, spans, truths, enums."""
VALUES = (
    *("most_common_vals", "most_common_freqs", "histogram_bounds", "most_common_elems"),
    *("most_common_elem_freqs", "elem_count_histogram", "range_bounds_histogram"),
)


async def take_snapshot(database: DatabaseUrl, *, values: bool = True) -> Snapshot | RowSnapshot:
    """Read schema, sizes, planner statistics and settings of a database.

    On SQLite and MySQL a bounded sample of the rows is read too: their planners, or the search
    for indexes, look at rows.

    Args:
        database: Read only; a role that may SELECT is enough.
        values: Whether the values of text columns are kept.

    Raises:
        DatabaseError: The database is unreachable or refused.
    """
    dialect = dialect_named(database.dialect)
    absent = dialect.session.check_before(database.shown)
    if absent is not None:
        raise absent
    async with connection_to(database) as connection:
        snapshot = await dialect.snapshot(connection)
    if isinstance(snapshot, RowSnapshot):
        snapshot = shortened(snapshot)
    return snapshot if values else without_values(snapshot)


def without_values(snapshot: Snapshot | RowSnapshot) -> Snapshot | RowSnapshot:
    """Return a snapshot without the values of text columns and of all that may hold text."""
    if isinstance(snapshot, RowSnapshot):
        return hashed(snapshot)
    return replace(
        snapshot,
        columns=tuple(
            column if column["category"] in TELLING else {**column, **dict.fromkeys(VALUES, None)}
            for column in snapshot.columns
        ),
    )
