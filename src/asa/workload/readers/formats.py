"""The formats of query logs, and which of them a log is in.

A reader has `FORMAT`, its name; `recognises`, which judges a log by its first bytes; and
`records`, which yields them and tells the log what it could not read.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from asa.errors import LogError
from asa.model.record import QueryRecord
from asa.workload.readers import capture, sql
from asa.workload.readers.log import Log

__all__ = ["READERS", "Reader", "read"]


@dataclass(frozen=True, slots=True)
class Reader:
    """One log format.

    Attributes:
        format: Its name, as `Source.format` shows it.
        recognises: Says whether a log that begins with these bytes is of this format.
        records: Yields the log's records.
    """

    format: str
    recognises: Callable[[bytes], bool]
    records: Callable[[Log], Iterator[QueryRecord]]


# Asked in this order: plain SQL last, as it takes any text with a statement in it.
READERS = (
    Reader(capture.FORMAT, capture.recognises, capture.records),
    Reader(sql.FORMAT, sql.recognises, sql.records),
)

# A server's log may hold lines that begin as a statement does, and is yet no script.
POSTGRESQL_LOG = re.compile(
    rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*\b(?:LOG|STATEMENT|DETAIL|ERROR):  ", re.MULTILINE
)
MYSQL_LOG = re.compile(rb"^# (?:Time|User@Host|Query_time): ", re.MULTILINE)
SERVER_LOGS = ((POSTGRESQL_LOG, "PostgreSQL server log"), (MYSQL_LOG, "MySQL slow query log"))

HINT = "name a log made by asa capture, or a .sql file"


def read(log: Log) -> Iterator[QueryRecord]:
    """Yield a log's records, in the format that its content shows.

    Raises:
        LogError: The content is of no format that asa reads.
    """
    if is_binary(log.head):
        raise LogError(f"{log.name} is not a text file", HINT)
    for pattern, name in SERVER_LOGS:
        if pattern.search(log.head):
            raise LogError(
                f"{log.name} is a {name}, which asa cannot read yet",
                "asa capture -- COMMAND   records the queries of a program",
            )
    for reader in READERS:
        if reader.recognises(log.head):
            log.format = reader.format
            return reader.records(log)
    raise LogError(f"{log.name} holds no SQL statement", HINT)


def is_binary(head: bytes) -> bool:
    """Say whether a file that begins with these bytes is no text.

    A NUL byte may stray into a log; a tenth of control bytes does not.
    """
    if head.startswith((b"SQLite format 3\0", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x03\x04")):
        return True
    controls = sum(head.count(bytes([code])) for code in (*range(8), *range(14, 27)))
    return controls * 10 > len(head)
