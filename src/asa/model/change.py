"""What a migration rule judges: one revision, step by step, and the schema that it meets."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from asa.model.exemption import Exemption
from asa.model.operation import (
    AddConstraint,
    CreateIndex,
    CreateTable,
    Operation,
    RenameTable,
)
from asa.model.revision import Revision
from asa.model.schema import Schema, Table
from asa.model.server import Server

__all__ = ["Downgrade", "RevisionChange", "Step", "UsedModel"]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a revision, where and how it runs.

    Attributes:
        operation: What it does.
        line: Where in the revision's file it is written; 0 where unknown.
        transaction: Number of the transaction of the revision that it runs in; None outside
            of any.
        sql: The statement that it was read from; empty for an operation of Alembic's.
        recreates: Whether batch mode makes the table anew for it.
        tolerant: Whether a thing that it drops need not be there.
    """

    operation: Operation
    line: int = 0
    transaction: int | None = 0
    sql: str = ""
    recreates: bool = False
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class UsedModel:
    """A mapped class or a table of the application's that a revision takes from its code."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Downgrade:
    """How a revision is undone.

    Attributes:
        steps: In order.
        line: Of the function; 0 where there is none.
        refuses: Whether it raises on purpose.
        complete: Whether every step of it is known.
    """

    steps: tuple[Step, ...] = ()
    line: int = 0
    refuses: bool = False
    complete: bool = True


@dataclass(frozen=True, slots=True)
class RevisionChange:
    """One revision as the rules see it.

    Attributes:
        revision: Whose steps they are.
        steps: What an upgrade does, in order.
        dialect: `postgresql`, `mysql` or `sqlite`.
        before: Tables as they are before it, as far as known: from the database, else from
            the history.
        created: Tables that no row can be in: made by earlier pending revisions.
        server: What answers; None without a database.
        downgrade: How it is undone.
        complete: Whether every step of the upgrade is known.
        models: What it takes from the application's models.
        exemptions: What its file asks asa to keep silent on.
        defaulted: Columns that have a server default, `table.column` in lower case each, as far
            as the history tells.
        later: Indexes that the revisions after it make.
        waits_bounded: Whether env.py limits how long a statement waits for a lock.
        foreign_keys_off: Whether env.py switches SQLite's foreign keys off.
        new_tables: Names, in lower case, of the tables that this revision itself makes.
    """

    revision: Revision
    steps: tuple[Step, ...]
    dialect: str
    before: Schema = field(default_factory=lambda: Schema(()))
    created: frozenset[str] = frozenset()
    server: Server | None = None
    downgrade: Downgrade = field(default_factory=Downgrade)
    complete: bool = True
    models: tuple[UsedModel, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    defaulted: frozenset[str] = frozenset()
    later: tuple[CreateIndex, ...] = ()
    waits_bounded: bool = False
    foreign_keys_off: bool = False
    new_tables: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "new_tables", new_names(self.steps))

    def exists(self, table: str) -> bool:
        """Tell whether a table is there before this revision."""
        return table.lower() not in self.new_tables

    def table(self, name: str) -> Table | None:
        """Return what is known of a table before this revision."""
        return self.before.table(name)

    def rows(self, table: str) -> int | None:
        """Return how many rows a table has; None where that is not known."""
        if table.lower() in self.created:
            return 0
        known = self.before.table(table)
        return known.rows if known else None

    @property
    def make(self) -> str:
        """The dialect, but `mariadb` where MariaDB is known to answer."""
        mariadb = self.server is not None and self.server.flavour == "MariaDB"
        return "mariadb" if mariadb else self.dialect

    def since(self, *version: int) -> bool | None:
        """Tell whether the server is of a version at least; None where it is not known."""
        known = self.server.version if self.server else ()
        return known >= version if known else None

    def steps_on_existing(self) -> Iterator[Step]:
        """Yield the steps that change a table which was there before."""
        for step in self.steps:
            table = getattr(step.operation, "table", None)
            if isinstance(table, str) and self.exists(table):
                yield step

    def constraints(self) -> Iterator[tuple[Step, AddConstraint]]:
        """Yield the constraints added to tables that were there before."""
        for step in self.steps_on_existing():
            if isinstance(step.operation, AddConstraint):
                yield step, step.operation


def new_names(steps: tuple[Step, ...]) -> frozenset[str]:
    """Return the names, in lower case, of tables that steps make, and what these are renamed."""
    names: set[str] = set()
    for step in steps:
        operation = step.operation
        if isinstance(operation, CreateTable):
            names.add(operation.table.lower())
        elif isinstance(operation, RenameTable) and operation.table.lower() in names:
            names.add(operation.new_name.lower())
    return frozenset(names)
