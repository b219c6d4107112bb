"""The command under capture: its signals are its own, and so is its exit code."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType

from asa.errors import UsageError

__all__ = ["wait"]

FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")

KEYBOARD = ("SIGINT", "SIGQUIT")


def wait(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command to its end and return its exit code as a shell tells it.

    Raises:
        UsageError: The operating system refuses to run it.
    """
    child: subprocess.Popen[bytes] | None = None

    def forward(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if child is not None:
            child.send_signal(number)

    with handling(forward):
        try:
            child = subprocess.Popen(list(command), env=dict(environ))
        except OSError as error:
            raise UsageError(f"cannot run {command[0]}: {error.strerror}") from None
        code = child.wait()
    return 128 - code if code < 0 else code


@contextlib.contextmanager
def handling(forward: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Hand signals on to the command while it runs.

    Ctrl-C in a terminal reaches the command by itself, since it is in the terminal's
    foreground like asa; handed on as well it would come twice.
    """
    names = [*FORWARDED, *KEYBOARD]
    keyboard = {getattr(signal, name, None) for name in KEYBOARD} if in_foreground() else set()
    before = {}
    for name in names:
        number = getattr(signal, name, None)
        if number is not None:
            handler = ignore if number in keyboard else forward
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)


def ignore(number: int, frame: FrameType | None) -> None:
    """Take a signal that the command gets by itself; a function, since a child inherits SIG_IGN."""


def in_foreground() -> bool:
    """Tell whether the keyboard's signals reach this process and its children."""
    for stream in (sys.stdin, sys.stderr, sys.stdout):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if os.tcgetpgrp(stream.fileno()) == os.getpgrp():
                return True
    return False
