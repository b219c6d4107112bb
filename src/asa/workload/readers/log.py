"""One log under reading: its lines, and what of it could not be read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader, StringIO
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from asa.errors import EmptyLogError, LogError
from asa.model.mapping import MappedClass
from asa.model.record import QueryRecord
from asa.model.workload import Origin, Source
from asa.workload.events import Events
from asa.workload.observed import Observed
from asa.workload.readers.source import STANDARD_INPUT, Span, TornError, chunks, opened_bytes
from asa.workload.readers.wrapping import WRAPPINGS, Peel, Wrapping
from asa.workload.transactions import Guess

__all__ = ["HEAD_BYTES", "LONGEST_LINE", "Log", "Piece", "Seam", "opened", "uncounted"]

HEAD_BYTES = 65_536
LONGEST_LINE = 16 * 1024 * 1024
PASSAGE = 500
SHOWN_UNREADABLE = 10
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LOST = "the log is damaged or ends early: the rest is lost"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a log file, from the beginning of one entry to that of another.

    Attributes:
        name: Of the file.
        start: Of the first byte.
        end: Behind the last byte; None for a whole file, which may be packed.
        head: The first bytes of the file, which show its format.
        format: Its reader's.
        line_prefix: As the user told it.
        guess: What is not known of sessions where it starts, and taken for true.
    """

    name: str
    start: int
    end: int | None
    head: bytes
    format: str
    line_prefix: str | None = None
    guess: Guess | None = None


class Seam(Protocol):
    """What is open at the end of a part of a log."""

    def conclude(self, later: Any) -> list[QueryRecord]:
        """Return what the next part, whose seam is given, completes of this one."""

    def origin(self, origin: Origin) -> Origin:
        """Return who sent statements of the next part, with what that could not know."""

    def follow(self, later: Any) -> None:
        """Go on to the end of the next part."""

    def finish(self) -> list[QueryRecord]:
        """Return what was open when the log ended."""


class Log:
    """An open log file.

    A reader takes `lines` or `rows`, calls `skip` for each entry that it cannot read, and
    sets `command` where the log tells what was run. `source` says the rest.

    Attributes:
        name: File name as the user gave it.
        line_prefix: The server's `log_line_prefix`, where the user told it.
        format: Set once the format is known.
        command: The captured command line, where the log tells.
        observed: What a capture tells beside queries.
        events: What a server's log tells beside statements.
        mapped: The classes that the captured program maps.
        head: The first bytes, for recognising the format.
        torn: Whether the last line read had no end; true only after that line.
        wrappings: What was found around its lines, the outermost first.
        piece: The part of the file that is read; None where it is read whole.
        line_count: Lines read so far.
        seam: What the reader knows at the end of a piece, for the one behind it.
        heard: Is told of bytes, unpacked, as they are read.
    """

    def __init__(
        self,
        name: str,
        stream: BinaryIO | Span,
        line_prefix: str | None = None,
        piece: Piece | None = None,
    ) -> None:
        self.name = name
        self.stream = stream
        self.line_prefix = line_prefix
        self.format = ""
        self.command: str | None = None
        self.observed = Observed()
        self.events = Events()
        self.mapped: list[MappedClass] = []
        self.unreadable: list[tuple[str, int, str]] = []
        self.unreadable_count = 0
        self.torn = False
        self.damaged = False
        self.piece = piece
        self.line_count = 0
        self.seam: Seam | None = None
        self.heard: Callable[[int], None] = uncounted
        self.ahead: list[bytes] = []
        self.wrappings: list[tuple[Wrapping, Peel]] = []
        self.incoming = self.received()
        if piece is not None:
            self.head = piece.head
            return
        for chunk in self.incoming:
            self.ahead.append(chunk)
            if sum(map(len, self.ahead)) >= HEAD_BYTES:
                break
        self.head = b"".join(self.ahead)[:HEAD_BYTES].removeprefix(BYTE_ORDER_MARK)

    @property
    def packed(self) -> bool:
        """Whether the content is unpacked while it is read."""
        return not isinstance(self.stream, BufferedReader | Span)

    @property
    def is_start(self) -> bool:
        """Whether nothing of the file stands before what is read."""
        return self.piece is None or self.piece.start == 0

    def received(self) -> Iterator[bytes]:
        """Yield the content in pieces, up to where it can be read."""
        try:
            yield from chunks(self.stream, self.packed)
        except TornError:
            self.damaged = True

    def close(self) -> None:
        """Close the file."""
        if self.name != STANDARD_INPUT:
            self.stream.close()

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield (line number from 1, line with its end); undecodable bytes become U+FFFD.

        A line longer than `LONGEST_LINE` is skipped as unreadable, never held whole.
        """
        if self.wrappings:
            yield from ((number, row + "\n") for number, row in self.rows())
            return
        for number, block in self.blocks():
            text = StringIO(block.decode("utf-8", errors="replace"), newline="\n")
            yield from enumerate(text, number)

    def rows(self) -> Iterator[tuple[int, str]]:
        """Yield lines as `lines` does, without their ends."""
        rows = self.outer_rows()
        for _, peel in self.wrappings:
            rows = peel(rows, self.skip)
        return rows

    def unwrap(self) -> bool:
        """Find what is around the lines of the log, and peel it off; say whether it was there."""
        rows = self.head.decode("utf-8", errors="replace").splitlines()
        if len(rows) > 1 and len(self.head) >= HEAD_BYTES:
            # The last one is not whole.
            rows.pop()
        for wrapping in WRAPPINGS:
            peel = wrapping.fitted(rows)
            if peel is not None:
                self.wrappings.append((wrapping, peel))
                inner = peel(iter(enumerate(rows, 1)), unheard)
                self.head = "\n".join(row for _, row in inner).encode()
                return True
        return False

    @property
    def line_prefixes(self) -> tuple[str, ...]:
        """What may stand before the `log_line_prefix` that the user told."""
        return self.wrappings[-1][0].line_prefixes if self.wrappings else ("",)

    def outer_rows(self) -> Iterator[tuple[int, str]]:
        """Yield the lines of the file itself, without their ends."""
        for number, block in self.blocks():
            text = block.decode("utf-8", errors="replace")
            if "\r" in text:
                text = text.replace("\r\n", "\n")
            yield from enumerate(text.removesuffix("\n").split("\n"), number)

    def passages(self) -> Iterator[tuple[int, str]]:
        """Yield (number of the first line, some lines), a line end before each and none behind."""
        if self.wrappings:
            rows = self.rows()
            while some := list(islice(rows, PASSAGE)):
                yield some[0][0], "\n" + "\n".join(row for _, row in some)
            return
        for number, block in self.blocks():
            text = "\n" + block.decode("utf-8", errors="replace").removesuffix("\n")
            yield number, text.replace("\r\n", "\n") if "\r" in text else text

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Yield (number of the first line, some whole lines)."""
        number, size, pieces, skipping = 1, 0, [b""], False
        for chunk in self.content():
            cut = chunk.rfind(b"\n") + 1
            if not cut:
                size += len(chunk)
                skipping = skipping or size > LONGEST_LINE
                pieces = [] if skipping else [*pieces, chunk]
                continue
            whole = chunk[:cut]
            if skipping:
                self.skip(number, f"longer than {LONGEST_LINE // 1024 // 1024} MB")
                whole = whole[whole.find(b"\n") + 1 :]
                number, skipping = number + 1, False
            else:
                whole = b"".join((*pieces, whole))
            if whole:
                yield number, whole
            number += whole.count(b"\n")
            self.line_count = number - 1
            pieces, size = [chunk[cut:]], len(chunk) - cut
        if skipping:
            self.skip(number, f"longer than {LONGEST_LINE // 1024 // 1024} MB")
        elif last := b"".join(pieces):
            self.torn = True
            yield number, last
        if self.damaged:
            self.skip(number, LOST)

    def content(self) -> Iterator[bytes]:
        """Yield the whole content in pieces, the first without its byte order mark."""
        ahead = b"".join(self.ahead)
        self.ahead = []
        if ahead:
            self.heard(len(ahead))
            yield ahead.removeprefix(BYTE_ORDER_MARK)
        for chunk in self.incoming:
            self.heard(len(chunk))
            yield chunk

    def skip(self, line: int, reason: str) -> None:
        """Count an entry that could not be read; `reason` is a clause without values."""
        self.unreadable_count += 1
        if len(self.unreadable) < SHOWN_UNREADABLE:
            self.unreadable.append((self.name, line, reason))

    def source(self) -> Source:
        """Return what is known of this log; complete once its lines are read."""
        return Source(
            name=self.name,
            format=self.format,
            command=self.command,
            unreadable=tuple(self.unreadable),
            unreadable_count=self.unreadable_count,
        )


def uncounted(read: int) -> None:
    """Take no notice of how many bytes were read."""


def unheard(number: int, reason: str) -> None:
    """Take no notice of a line that cannot be read: it comes again."""


def opened(name: str, line_prefix: str | None = None) -> Log:
    """Open a log file; `-` is standard input.

    Raises:
        EmptyLogError: It is empty, or cannot be unpacked.
        LogError: There is no such file, it is a directory, or it may not be read.
    """
    try:
        if name != STANDARD_INPUT and Path(name).is_dir():
            raise LogError(f"{name} is a directory, not a query log", f"asa optimize {name}/FILE")
        stream = opened_bytes(name)
    except FileNotFoundError:
        recorded = Path(name).suffix == ".jsonl"
        raise LogError(
            f"there is no file {name}",
            f"asa capture -o {name} -- COMMAND   records one" if recorded else "correct its name",
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise LogError(f"cannot read {name}: {reason}") from None
    try:
        log = Log(name, stream, line_prefix)
    except OSError as error:
        stream.close()
        raise LogError(f"cannot read {name}: {error.strerror}") from None
    if len(log.head) < HEAD_BYTES and not log.head.strip():
        log.close()
        reason = "cannot be unpacked" if log.damaged else "is empty: it holds no queries"
        raise EmptyLogError(f"{name} {reason}", "capture again, or name another log")
    return log
