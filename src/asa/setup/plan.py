"""What `asa init` would write, as data."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from asa.project.find import FoundMetadata
from asa.project.load import Installed

__all__ = ["Action", "Change", "ChosenMetadata", "ChosenUrl", "InitPlan", "Undecided"]


class Action(Enum):
    """What happens to a file."""

    WRITE = "write"
    EDIT = "edit"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Change:
    """One file.

    Attributes:
        action: Write a new one, edit or keep the one that is there.
        path: Below the root.
        note: What is in it, in few words.
        content: The whole new text; None for a file that is kept.
        before: The text that an edit replaces.
    """

    action: Action
    path: str
    note: str = ""
    content: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class ChosenMetadata:
    """One MetaData that the environment migrates.

    Attributes:
        reference: `module:attribute`.
        tables: How many tables it has after the import.
        modules: Modules that fill it.
    """

    reference: str
    tables: int
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChosenUrl:
    """Where the database URL comes from.

    Attributes:
        reference: `env:NAME`, `module:attribute`, or a URL without a password.
        origin: Where that was seen: `read in app/settings.py:12`, `--url`.
        dialect: `postgresql`, `mysql`, `sqlite`; None while nothing tells.
        driver: The async driver; None while the dialect is unknown.
    """

    reference: str
    origin: str
    dialect: str | None = None
    driver: str | None = None


@dataclass(frozen=True, slots=True)
class InitPlan:
    """All that `asa init` found and would do.

    Attributes:
        root: The project's root.
        metadata: What is migrated.
        url: Where the URL comes from.
        changes: Files, in the order in which they are written.
        folders: Directories to make, below the root.
        notes: What the user should know or do, one sentence each.
        installed: What the project's interpreter has.
        serve: The command that serves the application which is written along.
        advice: What would be good and is not needed, one sentence each.
        mendable: How many of the notes `--fix` would take care of.
        revisions: Whether the environment has any already.
    """

    root: Path
    metadata: tuple[ChosenMetadata, ...]
    url: ChosenUrl
    changes: tuple[Change, ...]
    folders: tuple[str, ...]
    notes: tuple[str, ...]
    installed: Installed
    serve: str | None = None
    advice: tuple[str, ...] = ()
    mendable: int = 0
    revisions: bool = False

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that touch a file."""
        return tuple(change for change in self.changes if change.action is not Action.KEEP)


@dataclass(frozen=True, slots=True)
class Undecided:
    """A question that only the user can answer: which of several MetaData to migrate.

    Attributes:
        candidates: With their tables as the source shows them, the one with most first.
    """

    candidates: tuple[FoundMetadata, ...]
