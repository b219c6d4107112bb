"""A copy of a whole database, where that is a file."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Copy"]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was made before a change.

    Attributes:
        file: Where it is.
        restore: The command that puts it in the place of the database.
    """

    file: Path
    restore: str
