"""The statements of a log that is read in pieces, each without those before it.

An entry that begins an execution settles its session: what the session did before matters
no more. So a piece needs nothing of the pieces before it, but for the entries of each session
up to its first settling one; those are kept for the piece before to take.
"""

from collections.abc import Iterable, Iterator

from asa.model.record import QueryRecord
from asa.model.workload import Origin
from asa.workload.readers.log import Log
from asa.workload.readers.postgresql.entry import Entry
from asa.workload.readers.postgresql.event import note
from asa.workload.readers.postgresql.message import (
    OTHER_LANGUAGE,
    begins_execution,
    is_translated,
    tells_statement,
)
from asa.workload.readers.postgresql.statement import Statements

__all__ = ["executed"]


def executed(log: Log, entries: Iterable[Entry]) -> Iterator[QueryRecord]:
    """Yield the statements of a log, or of a piece of one, from its entries."""
    piece = Piece(from_start=log.is_start)
    take = piece.statements.take if log.is_start else piece.take
    for entry in entries:
        if entry.severity != "LOG" or entry.message[:1] not in "dse":
            note(entry, log.events)
            if is_translated(entry):
                log.skip(0, OTHER_LANGUAGE)
        yield from take(entry)
    if log.piece is None:
        yield from piece.finish()
    else:
        log.seam = piece


class Piece:
    """What is open at the end of a piece of a log, and what its start leaves to the one before.

    Attributes:
        statements: The statements that are not complete yet.
        settled: The sessions whose past is known; None for all of them.
        unsettled: The entries that need the past.
    """

    def __init__(self, *, from_start: bool) -> None:
        self.statements = Statements()
        self.settled: set[int | None] | None = None if from_start else set()
        self.unsettled: list[Entry] = []

    def take(self, entry: Entry) -> list[QueryRecord]:
        """Return the records that are complete with this entry."""
        if self.settled is None or entry.session.process in self.settled:
            return self.statements.take(entry)
        if tells_statement(entry):
            self.unsettled.append(entry)
            if begins_execution(entry):
                self.settled.add(entry.session.process)
                self.statements.take(entry)
        return []

    def conclude(self, later: "Piece") -> list[QueryRecord]:
        """Take what the next piece kept; return the records complete with it."""
        return [record for entry in later.unsettled for record in self.take(entry)]

    def origin(self, origin: Origin) -> Origin:
        """Return an origin as it is: each entry tells its own."""
        return origin

    def follow(self, later: "Piece") -> None:
        """Go on to the end of the next piece."""
        self.statements.follow(later.statements, later.settled or ())

    def finish(self) -> list[QueryRecord]:
        """Return what was waiting when the log ended."""
        return self.statements.finish()
