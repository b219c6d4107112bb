"""One revision of a project's migration history, as plain data."""

from dataclasses import dataclass

__all__ = ["Revision"]


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision file.

    Attributes:
        id: The whole id, as the version table holds it.
        shown: The id as people see and type it: the shortest beginning that is unique.
        message: First paragraph of the file's docstring, on one line.
        parents: Ids that it follows; empty for the first.
        file: Path, relative to the project's root where it is below it.
        labels: Branch labels.
    """

    id: str
    shown: str
    message: str
    parents: tuple[str, ...]
    file: str
    labels: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.shown} {self.message}".rstrip()
