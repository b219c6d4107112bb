"""What keeps a failure of asa out of the program."""

import functools
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["guarded"]


class Noting(Protocol):
    """Something with handlers that takes note of their failures."""

    @property
    def note(self) -> Callable[[str, Exception], None]:
        """Take the name of a handler that failed, and what it raised."""


def guarded(handler: Callable[..., None]) -> Callable[..., None]:
    """Make a handler whose failures are noted and never raised."""

    @functools.wraps(handler)
    def run(self: Noting, *arguments: Any) -> None:
        try:
            handler(self, *arguments)
        except Exception as error:  # noqa: BLE001  (capture never breaks the program)
            self.note(handler.__name__, error)

    return run
