"""One log under reading: its lines, and what of it could not be read."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from asa.errors import LogError
from asa.model.workload import Source

__all__ = ["HEAD_BYTES", "LONGEST_LINE", "Log", "opened"]

HEAD_BYTES = 65_536
LONGEST_LINE = 16 * 1024 * 1024
SHOWN_UNREADABLE = 10


class Log:
    """An open log file.

    A reader takes `lines`, calls `skip` for each entry that it cannot read, and sets
    `command` where the log tells what was run. `source` says the rest.

    Attributes:
        name: File name as the user gave it.
        format: Set once the format is known.
        command: The captured command line, where the log tells.
        head: The first bytes, for recognising the format.
    """

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        self.stream = stream
        self.format = ""
        self.command: str | None = None
        self.unreadable: list[tuple[str, int, str]] = []
        self.unreadable_count = 0
        self.head = stream.read(HEAD_BYTES)
        stream.seek(0)

    def close(self) -> None:
        """Close the file."""
        self.stream.close()

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield (line number from 1, line with its end); undecodable bytes become U+FFFD.

        A line longer than `LONGEST_LINE` is skipped as unreadable, never held whole.
        """
        number = 0
        while chunk := self.stream.readline(LONGEST_LINE):
            number += 1
            if len(chunk) == LONGEST_LINE and not chunk.endswith(b"\n"):
                while chunk and not chunk.endswith(b"\n"):
                    chunk = self.stream.readline(LONGEST_LINE)
                self.skip(number, f"longer than {LONGEST_LINE // 1024 // 1024} MB")
                continue
            if number == 1:
                chunk = chunk.removeprefix(b"\xef\xbb\xbf")
            yield number, chunk.decode("utf-8", errors="replace")

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


def opened(name: str) -> Log:
    """Open a log file.

    Raises:
        LogError: There is no such file, it is a directory, empty, or may not be read.
    """
    path = Path(name)
    try:
        if path.is_dir():
            raise LogError(f"{name} is a directory, not a query log", f"asa optimize {name}/FILE")
        stream = path.open("rb")
    except FileNotFoundError:
        raise LogError(
            f"there is no file {name}", f"asa capture -o {name} -- COMMAND   records one"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise LogError(f"cannot read {name}: {reason}") from None
    try:
        log = Log(name, stream)
    except OSError as error:
        stream.close()
        raise LogError(f"cannot read {name}: {error.strerror}") from None
    if len(log.head) < HEAD_BYTES and not log.head.strip():
        stream.close()
        raise LogError(
            f"{name} is empty: it holds no queries", "capture again, or name another log"
        )
    return log
