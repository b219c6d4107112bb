"""The formats of query logs, and which of them a log is in.

A reader has `FORMAT`, its name; `recognises`, which judges a log by its first bytes; and
`records`, which yields them and tells the log what it could not read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from asa.errors import EmptyLogError, UsageError
from asa.model.record import QueryRecord
from asa.workload.readers import capture, echo, opentelemetry, sql
from asa.workload.readers.log import Log
from asa.workload.readers.mysql import general, slow
from asa.workload.readers.postgresql import csv, json, stderr

__all__ = ["HINT", "READERS", "Reader", "read", "reader_of"]


@dataclass(frozen=True, slots=True)
class Reader:
    """One log format.

    Attributes:
        format: Its name, as `Source.format` shows it.
        recognises: Says whether a log that begins with these bytes is of this format.
        records: Yields the log's records.
        begins: Returns the test for a line of the log with which an entry begins, whatever
            stands before it: there a log may be cut. None where there is no such line.
        inherits: Whether an entry's user and database may be told by those before it.
    """

    format: str
    recognises: Callable[[bytes], bool]
    records: Callable[[Log], Iterator[QueryRecord]]
    begins: Callable[[Log], Callable[[str], bool]] | None = None
    inherits: bool = False


# Asked in this order: plain SQL last, as it takes any text with a statement in it.
READERS = (
    Reader(capture.FORMAT, capture.recognises, capture.records, capture.begins),
    Reader(json.FORMAT, json.recognises, json.records, json.begins),
    Reader(opentelemetry.FORMAT, opentelemetry.recognises, opentelemetry.records),
    Reader(csv.FORMAT, csv.recognises, csv.records, csv.begins),
    Reader(slow.FORMAT, slow.recognises, slow.records, slow.begins, inherits=True),
    Reader(general.FORMAT, general.recognises, general.records, general.begins, inherits=True),
    Reader(echo.FORMAT, echo.recognises, echo.records),
    Reader(stderr.FORMAT, stderr.recognises, stderr.records, stderr.begins),
    Reader(sql.FORMAT, sql.recognises, sql.records),
)

OBJECTS = READERS[:3]
"""Formats of JSON of their own, which is no wrapping."""
MOST_WRAPPINGS = 3

HINT = "name a log of PostgreSQL, MySQL, MariaDB or SQLAlchemy, a capture, spans, or a .sql file"


def read(log: Log, insisted: str | None = None) -> Iterator[QueryRecord]:
    """Yield a log's records; args and errors are those of `reader_of`."""
    return reader_of(log, insisted).records(log)


def reader_of(log: Log, insisted: str | None = None) -> Reader:
    """Return the reader of the format that a log's content shows, and peel its wrappings off.

    Args:
        log: The log.
        insisted: Name of the format that the user says it is in.

    Raises:
        EmptyLogError: The content is of no format that asa reads.
        UsageError: There is no format of that name.
    """
    if is_binary(log.head):
        raise EmptyLogError(f"{log.name} is not a text file", HINT)
    unwrap(log)
    for reader in READERS:
        if reader.format == insisted or (insisted is None and reader.recognises(log.head)):
            log.format = " in ".join((reader.format, *(w.name for w, _ in reversed(log.wrappings))))
            return reader
    if insisted is not None:
        names = ", ".join(reader.format for reader in READERS)
        raise UsageError(f'there is no log format "{insisted}"', f"--log-format one of {names}")
    raise EmptyLogError(f"{log.name} holds no SQL statement", HINT)


def unwrap(log: Log) -> None:
    """Peel off what is around a log's lines, unless its format is that of whole objects."""
    for _ in range(MOST_WRAPPINGS):
        if any(reader.recognises(log.head) for reader in OBJECTS) or not log.unwrap():
            return


def is_binary(head: bytes) -> bool:
    """Say whether a file that begins with these bytes is no text.

    A NUL byte may stray into a log; a tenth of control bytes does not.
    """
    if head.startswith((b"SQLite format 3\0", b"PK\x03\x04")):
        return True
    controls = sum(head.count(bytes([code])) for code in (*range(8), *range(14, 27)))
    return controls * 10 > len(head)
