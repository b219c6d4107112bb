"""Signals that end a program, told as an exception: so that everything is tidied up on the way."""

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

__all__ = ["SignalledError", "ended_in_order"]


class SignalledError(KeyboardInterrupt):
    """A signal has asked the program to end.

    Attributes:
        exit_code: What a shell gives to a process that the signal ended.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Let Ctrl-C, a closed terminal or a `kill` end the block by an exception: tidied up."""
    # SIGINT too: asyncio's own handling cancels the task, whose error need not tell of it.
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    signals = [getattr(signal, name) for name in names if hasattr(signal, name)]
    try:
        before = [signal.signal(number, leave) for number in signals]
    except ValueError:  # not the main thread, where signals do not arrive
        yield
        return
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def leave(number: int, _frame: object) -> NoReturn:
    """Raise what ends the program; what is cancelled by it has nothing to log."""
    logging.disable(logging.CRITICAL)
    raise SignalledError(number)
