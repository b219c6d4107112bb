"""Plain SQL: a script of statements, without times, values or lines of a program."""

import re
from collections.abc import Iterator

from asa.model.record import QueryRecord
from asa.sql.split import Skipped, split
from asa.sql.statement import Kind, kind
from asa.workload.readers.log import Log

__all__ = ["FORMAT", "recognises", "records"]

FORMAT = "sql"

VERBS = re.compile(
    r"[\s(]*(?:/\*[!+]\S*\s*)?(?:select|insert|update|delete|with|values|replace|merge|create"
    r"|alter|drop|truncate|begin|start\s+transaction|commit|rollback|savepoint|release|set|use"
    r"|explain|analyze|vacuum|pragma|copy|call|execute|grant|revoke|comment\s+on|lock|show|table"
    r"|reset|declare|fetch|do|end|rename|optimize|describe|desc|prepare|deallocate|refresh"
    r"|reindex|cluster|attach|detach|discard|listen|notify|import|load|handler|kill|flush|unlock"
    r"|reassign|checkpoint|close|move|security|unlisten|abort)\b",
    re.IGNORECASE,
)
STATEMENT_START = re.compile(
    r"(?:^|;|\*/)[ \t(]{0,100}(?:/\*M?[!+][0-9]*)?[ \t(]{0,100}"
    r"(?:select|insert|update|delete|with|create|alter|drop|values|replace|begin|merge|truncate"
    r"|set|explain|pragma|copy|start|use|call)\s",
    re.IGNORECASE | re.MULTILINE,
)
POSTGRESQL_SCRIPT = re.compile(rb"\$\w*\$|::\w|^\\(?:connect|c|set)\b", re.MULTILINE)


def recognises(head: bytes) -> bool:
    """Say whether a text holds a line that begins as a statement does."""
    text = head.decode("utf-8", errors="replace").removeprefix("\ufeff")
    return STATEMENT_START.search(f"{text}\n") is not None


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield one record for each statement."""
    dialect = dialect_of(log.head)
    for entry in split(log.lines(), dialect):
        if isinstance(entry, Skipped):
            log.skip(entry.line, entry.reason)
        elif not VERBS.match(entry.text) or is_prose(entry.text, dialect):
            log.skip(entry.line, "not a statement of SQL")
        else:
            yield QueryRecord(sql=entry.text)


def is_prose(text: str, dialect: str | None) -> bool:
    """Say whether a text that begins with WITH goes on like no statement."""
    return text[:4].lower() == "with" and kind(text, dialect) is Kind.OTHER


def dialect_of(head: bytes) -> str | None:
    """Return the dialect whose quoting a script shows in its first bytes; None if neither's."""
    if b"`" in head:
        return "mysql"
    return "postgresql" if POSTGRESQL_SCRIPT.search(head) else None
