"""What a server counted of its statements, as a digest beside those of logs."""

import re

from asa.errors import EmptyLogError, LogError
from asa.model.statement_statistics import StatementStatistics, StatementTotals
from asa.model.workload import Source
from asa.sql.fingerprint import fingerprint
from asa.workload.digest import Digest
from asa.workload.query_class import ClassTotals
from asa.workload.selection import Selection

__all__ = ["digest_of_statistics"]

HIDDEN = "other users' statements, which the role may not read"

OF_A_TOOL = re.compile(
    r"\b(?:from|join)\s+[\"`]?(?:pg_\w+|information_schema|performance_schema)\b"
    r"|\basa_(?:plan|[0-9a-f]{12})\b",
    re.IGNORECASE,
)


def digest_of_statistics(statistics: StatementStatistics, selection: Selection) -> Digest:
    """Return the digest of what a server counted; it has neither values nor sessions.

    Raises:
        EmptyLogError: Nothing that is wanted was counted.
        LogError: Times are asked for, or the role may read no statement at all.
    """
    if selection.since is not None or selection.until is not None:
        raise LogError(
            f"{statistics.view} tells no times of single statements",
            "leave --since and --until out, or name a log",
        )
    if statistics.hidden and not statistics.totals:
        raise LogError(f"the role may read no statement of {statistics.view}", statistics.hint)
    digest = Digest(statistics.dialect)
    for totals in statistics.totals:
        if takes(selection, totals, statistics.database):
            add(digest, totals, statistics)
    if not digest.records:
        raise EmptyLogError(
            f"{statistics.view} has counted no statement of {statistics.database}"
            + ("" if selection.takes_all else " that was asked for"),
            "run the application, or name a log",
        )
    digest.add_source(source(statistics))
    return digest


def takes(selection: Selection, totals: StatementTotals, database: str) -> bool:
    """Say whether a statement is wanted; tools that look into the catalog, asa too, are not."""
    return (
        OF_A_TOOL.search(totals.sql) is None
        and selection.database in (None, database)
        and selection.user in (None, totals.user)
        and (selection.exclude is None or selection.exclude.search(totals.sql) is None)
    )


def add(digest: Digest, totals: StatementTotals, statistics: StatementStatistics) -> None:
    """Add one statement."""
    digest.records += 1
    mark = fingerprint(totals.sql, statistics.dialect)
    known = digest.classes.get((mark, statistics.dialect))
    if known is None:
        known = ClassTotals(mark, totals.sql, statistics.dialect, truncated=totals.truncated)
        digest.classes[mark, statistics.dialect] = known
    known.add_totals(totals, statistics.database)


def source(statistics: StatementStatistics) -> Source:
    """Return where the statements come from, and what is missing."""
    hidden = (statistics.view, 0, f"{HIDDEN}: {statistics.hint}")
    return Source(
        name=statistics.view,
        format=statistics.view,
        unreadable=(hidden,) if statistics.hidden else (),
        unreadable_count=statistics.hidden,
        since=statistics.since,
        evicted=statistics.evicted,
    )
