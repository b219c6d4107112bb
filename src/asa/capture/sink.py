"""The capture file as one process of the program sees it.

Lines go out in batches of whole ones, each batch one `write` to a file opened for appending,
which the kernel puts whole at the end: so many processes share the file without tearing
lines.
"""

from __future__ import annotations

import os

__all__ = ["Sink"]

# Each is a flag of one family of systems: not for children, and no translation of line ends.
FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
LARGE_LINE = 65_536


class Sink:
    """Appends lines to a file that exists; says nothing when it cannot.

    A program may close descriptors that it did not open (a daemon does), and the number may
    then belong to a file of its own: so each write first asks whether the descriptor is
    still the capture's.
    """

    __slots__ = ("descriptor", "file", "identity", "lines", "torn")

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: list[str] = []
        self.descriptor = -1
        self.identity = (-1, -1)
        self.torn = False

    def write(self, line: str) -> None:
        """Take one line, its end included; write it with the others."""
        self.lines.append(line)
        if len(line) >= LARGE_LINE:
            self.flush()

    def flush(self) -> None:
        """Write all lines taken so far; safe in several threads at once."""
        batch: list[str] = []
        try:
            while True:
                batch.append(self.lines.pop(0))
        except IndexError:
            pass
        if batch:
            self.append("".join(batch))

    def append(self, text: str) -> None:
        """Append text in one write."""
        try:
            descriptor = self.descriptor if self.is_open() else self.open()
            content = (f"\n{text}" if self.torn else text).encode("utf-8", "backslashreplace")
            self.torn = os.write(descriptor, content) < len(content)
        except OSError:
            # A full disk, or a file taken away: the program must not notice.
            return

    def is_open(self) -> bool:
        """Tell whether the descriptor is open and still the capture's."""
        if self.descriptor < 0:
            return False
        try:
            state = os.fstat(self.descriptor)
        except OSError:
            return False
        return (state.st_dev, state.st_ino) == self.identity

    def open(self) -> int:
        """Open the file; it is never made here, so a capture that has ended stays ended."""
        self.descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | FLAGS)
        state = os.fstat(self.descriptor)
        self.identity = (state.st_dev, state.st_ino)
        return self.descriptor

    def close(self) -> None:
        """Write what is left, and close the file until the next line."""
        self.flush()
        if self.is_open():
            os.close(self.descriptor)
        self.descriptor = -1
