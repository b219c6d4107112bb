"""The capture file as one process of the program sees it.

Each line is one `write` to a file opened for appending, which the kernel puts whole at the
end: many processes share the file without tearing lines, and nothing waits in memory, so
that nothing is lost when the process is killed, forks, or leaves by `os._exit`.
"""

import os

__all__ = ["Sink"]


class Sink:
    """Appends lines to a file that exists; says nothing when it cannot.

    A program may close descriptors that it did not open (a daemon does), and the number may
    then belong to a file of its own: so each write first asks whether the descriptor is
    still the capture's.
    """

    __slots__ = ("descriptor", "file", "identity", "torn")

    def __init__(self, file: str) -> None:
        self.file = file
        self.descriptor = -1
        self.identity = (-1, -1)
        self.torn = False

    def write(self, line: str) -> None:
        """Append one line, its end included."""
        try:
            descriptor = self.descriptor if self.is_open() else self.open()
            content = (f"\n{line}" if self.torn else line).encode("utf-8", "backslashreplace")
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
        self.descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        state = os.fstat(self.descriptor)
        self.identity = (state.st_dev, state.st_ino)
        return self.descriptor

    def close(self) -> None:
        """Close the file until the next line."""
        if self.is_open():
            os.close(self.descriptor)
        self.descriptor = -1
