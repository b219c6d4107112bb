"""What may have been renamed, and what the user says of it."""

from dataclasses import dataclass

from asa.errors import AsaError, UsageError

__all__ = [
    "NO_ANSWERS",
    "Answers",
    "Rename",
    "Undecided",
    "UndecidedError",
    "parse_rename",
]


@dataclass(frozen=True, slots=True)
class Rename:
    """A column, a table or an enumeration's member that may have another name now.

    Attributes:
        old: `users.name`, `users` or `status.open`, with the schema where there is one.
        new: The new name alone.
    """

    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.old}:{self.new}"


@dataclass(frozen=True, slots=True)
class Answers:
    """What the user said.

    Attributes:
        renames: These are renames.
        separate: These are not: the old one goes, and its data with it.
        none: Nothing is a rename.
    """

    renames: tuple[Rename, ...] = ()
    separate: tuple[Rename, ...] = ()
    none: bool = False


NO_ANSWERS = Answers()


@dataclass(frozen=True, slots=True)
class Undecided:
    """What the user must decide before a revision can be written."""

    renames: tuple[Rename, ...]


class UndecidedError(AsaError):
    """Carries the open questions out of env.py's run."""

    def __init__(self, undecided: Undecided) -> None:
        super().__init__("a rename is undecided")
        self.undecided = undecided


def parse_rename(text: str) -> Rename:
    """Read `users.name:full_name` or `users:people`.

    Raises:
        UsageError: It is neither.
    """
    old, colon, new = text.strip().rpartition(":")
    if not (old and colon and new):
        raise UsageError(
            f'--rename "{text}" is not OLD:NEW', "--rename users.name:full_name, or users:people"
        )
    # `users.name:users.full_name` says the same.
    table = old.rpartition(".")[0]
    return Rename(old, new.removeprefix(f"{table}.") if table else new)
