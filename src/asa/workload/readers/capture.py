"""Reads what `asa capture` wrote: one JSON object a line, the header first."""

import shlex
from collections.abc import Callable, Iterator

from asa.errors import LogError
from asa.model.capture_line import FORMAT as KNOWN
from asa.model.capture_line import CaptureHeader, MappedLine, line_from_json
from asa.model.observation import Fact
from asa.model.record import QueryRecord
from asa.workload.readers.log import Log
from asa.workload.readers.sharing import Sharing

__all__ = ["FORMAT", "begins", "recognises", "records"]

FORMAT = "capture"
MARK = b'{"kind":"header"'


def recognises(head: bytes) -> bool:
    """Tell whether a log that begins with these bytes is a capture."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(MARK)


def begins(_: Log) -> Callable[[str], bool]:
    """Return the test for a line with which an entry begins: each does."""
    return lambda _: True


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the executions of a capture in the order in which they ended.

    A line that is torn or no line of a capture is skipped with its reason; a kind of line
    that this version does not know, made by a later one of the same form, is passed over.

    Raises:
        LogError: A later version of asa wrote the capture in another form.
    """
    sharing = Sharing()
    for number, text in log.lines():
        try:
            line = line_from_json(text)
        except ValueError as error:
            if text.strip():
                log.skip(number, str(error))
            continue
        if isinstance(line, QueryRecord):
            if (shared := sharing.take(line)) is not None:
                log.observed.add(shared)
            yield line
        elif isinstance(line, Fact):
            log.observed.add(line)
        elif isinstance(line, MappedLine):
            log.mapped += line.classes
        elif isinstance(line, CaptureHeader):
            if line.format > KNOWN:
                raise LogError(
                    f"{log.name} was written by asa {line.asa}, which this asa is too old to read",
                    "pip install --upgrade asa-toolkit",
                )
            log.command = shlex.join(line.command)
