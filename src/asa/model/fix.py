"""What would mend a finding, as data that `fix` can apply and `report` can print."""

from dataclasses import dataclass

from asa.model.record import CallSite

__all__ = ["AddIndex", "DropIndex", "Fix", "LoaderOption", "Rewrite"]


@dataclass(frozen=True, slots=True)
class LoaderOption:
    """Add an ORM loader option to the statement at a line.

    Attributes:
        option: The call to add: `selectinload(User.posts)`.
        at: The line that loads the parents; None where it was not seen.
        imports: Names to import from `sqlalchemy.orm`.
        steps: The same call as data, (loader, `Class.attribute`) from the outside in; empty
            where adding the option alone mends nothing.
    """

    option: str
    at: CallSite | None
    imports: tuple[str, ...] = ()
    steps: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The fix as a user types it."""
        return f".options({self.option})"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Replace a shape of code by another; `text` shows the other."""

    text: str
    at: CallSite | None = None


@dataclass(frozen=True, slots=True)
class AddIndex:
    """Create an index.

    Attributes:
        table: Table name.
        columns: Key columns in order.
        name: Name that the index would have.
        ddl: The statement for the database at hand.
    """

    table: str
    columns: tuple[str, ...]
    name: str
    ddl: str

    @property
    def text(self) -> str:
        """The fix as a user types it in a model."""
        columns = ", ".join(repr(column) for column in self.columns)
        return f"Index({self.name!r}, {columns})".replace("'", '"')


@dataclass(frozen=True, slots=True)
class DropIndex:
    """Drop an index that another one makes needless."""

    table: str
    name: str
    ddl: str

    @property
    def text(self) -> str:
        """The fix as a user types it."""
        return self.ddl


Fix = LoaderOption | Rewrite | AddIndex | DropIndex
