"""What was watched, as plain data."""

import re
from dataclasses import dataclass

__all__ = ["Lock", "Trace", "Watched"]

MODES = (
    "ACCESS EXCLUSIVE",
    "EXCLUSIVE",
    "SHARE ROW EXCLUSIVE",
    "SHARE",
    "SHARE UPDATE EXCLUSIVE",
    "ROW EXCLUSIVE",
    "ROW SHARE",
    "ACCESS SHARE",
)
"""The strongest first."""

BLOCKING = frozenset(MODES[:4])
WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True, order=True)
class Lock:
    """A lock on a table; `mode` as PostgreSQL's manual writes it: `ACCESS EXCLUSIVE`."""

    table: str
    mode: str

    @property
    def blocks_writes(self) -> bool:
        """Whether nobody can write to the table meanwhile."""
        return self.mode in BLOCKING


@dataclass(frozen=True, slots=True)
class Watched:
    """One statement of a revision.

    Attributes:
        line: Where in the revision's file it was sent.
        sql: Its text, values not put in.
        duration_ms: Time that it took on the scratch database.
        locks: Those that it took on tables which were there before, and that its transaction
            did not hold already.
        held: Those that its transaction holds after it.
        rewritten: Tables whose files it made anew.
        alone: Whether it was sent outside any transaction.
    """

    line: int
    sql: str
    duration_ms: float
    locks: tuple[Lock, ...]
    held: tuple[Lock, ...]
    rewritten: tuple[str, ...]
    alone: bool = False

    @property
    def locks_by_table(self) -> tuple[tuple[str, str], ...]:
        """Return each table with the modes taken on it, the strongest first."""
        tables = dict.fromkeys(lock.table for lock in self.locks)
        taken = {(lock.table, lock.mode) for lock in self.locks}
        return tuple(
            (table, ", ".join(mode for mode in MODES if (table, mode) in taken)) for table in tables
        )


@dataclass(frozen=True, slots=True)
class Trace:
    """What the upgrade of one revision did, statement by statement."""

    revision: str
    statements: tuple[Watched, ...]


def lock_of(table: str, mode: str) -> Lock:
    """Return a lock from its name in `pg_locks`: `AccessExclusiveLock`."""
    return Lock(table, WORD.sub(" ", mode.removesuffix("Lock")).upper())
