"""One large log in several pieces, read anywhere in any order, joined in theirs.

A piece begins where an entry begins. What an entry means may still depend on those before
it: a piece ends with what was open there, and keeps apart what it could not know of its
beginning. `Joined` brings the two together, so that the digest is that of the whole log.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import BinaryIO

from asa.model.mapping import MappedClass
from asa.model.record import QueryRecord
from asa.model.workload import Source
from asa.workload.digest import Digest
from asa.workload.readers.formats import READERS, Reader, reader_of
from asa.workload.readers.log import LONGEST_LINE, SHOWN_UNREADABLE, Log, Piece, Seam, opened
from asa.workload.readers.source import Span, plain_file
from asa.workload.selection import Selection
from asa.workload.transactions import Transactions, guessed, pending

__all__ = ["Joined", "Part", "cut", "digested", "read_part"]

EVERYTHING = Selection()
SERVERS = ("postgresql", "mysql")


@dataclass(slots=True)
class Part:
    """A log, or one piece of it, read.

    Attributes:
        digest: Of its records.
        source: With the numbers of lines as counted in the piece.
        lines: How many it has.
        mapped: The classes that a captured program maps.
        transactions: At its end.
        seam: What else is open at its end; None where nothing can be.
        piece: Which; None for a whole log.
    """

    digest: Digest
    source: Source
    lines: int
    mapped: tuple[MappedClass, ...]
    transactions: Transactions
    seam: Seam | None
    piece: Piece | None


def cut(
    log: Log,
    reader: Reader,
    file: BinaryIO,
    size: int,
    piece_bytes: int,
    selection: Selection = EVERYTHING,
) -> list[Piece]:
    """Cut a log into pieces of about one size; a single one where it cannot be cut.

    Args:
        log: Fresh from `opened`.
        reader: Of its format.
        file: The same file, opened once more.
        size: Of the file, in bytes.
        piece_bytes: About how many a piece has.
        selection: Which records are wanted.
    """
    starts = [0]
    known = not (reader.inherits and selection.by_origin)
    if reader.begins is not None and known and not log.wrappings and not log.packed:
        begins = reader.begins(log)
        while (near := starts[-1] + piece_bytes) < size:
            start = next_start(file, near, begins)
            if start is None:
                break
            starts.append(start)
    ends = (*starts[1:], size) if len(starts) > 1 else (None,)
    guess = guessed(log.head, reader.format.partition("-")[0])
    return [
        Piece(log.name, start, end, log.head, reader.format, log.line_prefix, guess)
        for start, end in zip(starts, ends, strict=True)
    ]


def next_start(file: BinaryIO, near: int, begins: Callable[[str], bool]) -> int | None:
    """Return where the next entry begins; None where none does."""
    file.seek(near - 1)
    position = near - 1 + len(file.readline())
    while line := file.readline(LONGEST_LINE):
        if begins(line.decode("utf-8", errors="replace").rstrip("\r\n")):
            return position
        position += len(line)
    return None


def digested(
    piece: Piece,
    selection: Selection,
    dialect: str | None,
    transactions: Transactions | None = None,
) -> Part:
    """Read one piece, in whichever process.

    Args:
        piece: Of a log, or a whole one.
        selection: Which records are wanted.
        dialect: For records that do not tell.
        transactions: Those at its beginning, where they are known.
    """
    if piece.end is None:
        with closing(opened(piece.name, piece.line_prefix)) as log:
            return read_part(log, reader_of(log, piece.format), selection, dialect)
    reader = next(reader for reader in READERS if reader.format == piece.format)
    span = Span(plain_file(piece.name), piece.start, piece.end)
    with closing(Log(piece.name, span, piece.line_prefix, piece)) as log:
        log.format = reader.format
        return read_part(log, reader, selection, dialect, transactions)


def read_part(
    log: Log,
    reader: Reader,
    selection: Selection,
    dialect: str | None,
    transactions: Transactions | None = None,
) -> Part:
    """Read a log, or one piece of it."""
    piece = log.piece
    if transactions is None:
        transactions = Transactions(piece.start, piece.guess) if piece else Transactions()
    digest = Digest(dialect=dialect)
    records = reader.records(log)
    if log.format.startswith(SERVERS):
        records = transactions.numbered(records)
    digest.add_all(selection.of(records))
    if selection.takes_all:
        digest.observed.merge(log.observed)
        digest.events.merge(log.events)
    return Part(
        digest, log.source(), log.line_count, tuple(log.mapped), transactions, log.seam, piece
    )


class Joined:
    """The pieces of one log on their way into one digest.

    Attributes:
        digest: Of what was joined so far.
        source: The log as its pieces tell it.
        mapped: The classes that a captured program maps.
    """

    def __init__(self, first: Part, selection: Selection) -> None:
        self.digest = first.digest
        self.source = first.source
        self.lines = first.lines
        self.mapped = first.mapped
        self.transactions = first.transactions
        self.seam = first.seam
        self.selection = selection

    def add(self, part: Part) -> None:
        """Add the piece behind those added; it is used up."""
        if self.seam is not None:
            self.take(self.seam.conclude(part.seam))
        transactions, piece = self.transactions, part.piece
        start = piece.start if piece else 0
        if piece is not None and transactions.refutes(part.transactions):
            known = transactions.after(start)
            part = digested(piece, self.selection, self.digest.dialect, known)
        for process in part.transactions.sessions:
            part.digest.rescope(pending(process), transactions.enter(process, start))
        if self.seam is not None:
            part.digest.reorigin(self.seam.origin)
            self.seam.follow(part.seam)
        transactions.follow(part.transactions)
        self.digest.merge(part.digest)
        self.source = joined(self.source, part.source, self.lines)
        self.lines += part.lines
        self.mapped += part.mapped

    def take(self, records: Iterable[QueryRecord]) -> None:
        """Add records that a seam completed."""
        self.digest.add_all(self.selection.of(self.transactions.numbered(records)))

    def finish(self) -> None:
        """Add what was open when the log ended."""
        if self.seam is not None:
            self.take(self.seam.finish())


def joined(source: Source, later: Source, lines: int) -> Source:
    """Return a log's source with that of its next piece, before which it has so many lines."""
    moved = ((name, lines + line, reason) for name, line, reason in later.unreadable)
    return replace(
        source,
        unreadable=(*source.unreadable, *moved)[:SHOWN_UNREADABLE],
        unreadable_count=source.unreadable_count + later.unreadable_count,
    )
