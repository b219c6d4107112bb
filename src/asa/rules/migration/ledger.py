"""What is there more, and what less, after some operations: tables, columns, indexes, keys."""

from asa.model.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Operation,
    RenameTable,
)

__all__ = ["Ledger", "Thing", "given", "taken"]

Thing = tuple[str, str]
"""Kind and name: `("column", "users.age")`."""


def given(operation: Operation) -> Thing | None:
    """Return what an operation makes; None where it makes nothing that has a name."""
    match operation:
        case CreateTable(table=name):
            return "table", name.lower()
        case AddColumn(table=table, column=column):
            return "column", f"{table}.{column.name}".lower()
        case CreateIndex(name=str(name)):
            return "index", name.lower()
        case AddConstraint(name=str(name)):
            return "constraint", name.lower()
        case _:
            return None


def taken(operation: Operation) -> Thing | None:
    """Return what an operation drops; None where it drops nothing that has a name."""
    match operation:
        case DropTable(table=name):
            return "table", name.lower()
        case DropColumn(table=table, column=column):
            return "column", f"{table}.{column}".lower()
        case DropIndex(name=name):
            return "index", name.lower()
        case DropConstraint(name=str(name)):
            return "constraint", name.lower()
        case _:
            return None


class Ledger:
    """The balance of what operations add and take away.

    Attributes:
        balance: Of each thing: 1 where it is there more, -1 where it is there less.
        tables: The table of each thing that stands on one.
        columns: The columns of each index and constraint.
        remade: Tables and columns that were dropped and came back; what stood on them is not
            known, so what stands on them now says nothing.
        nameless: Tables that got a constraint without a name, which may be any of theirs.
    """

    def __init__(self) -> None:
        self.balance: dict[Thing, int] = {}
        self.tables: dict[Thing, str] = {}
        self.columns: dict[Thing, tuple[str, ...]] = {}
        self.remade: set[str] = set()
        self.nameless: set[str] = set()

    @property
    def left(self) -> tuple[Thing, ...]:
        """What is there now and was not at the beginning."""
        return tuple(
            thing
            for thing, number in self.balance.items()
            if number > 0 and not self.is_part(thing, 1)
        )

    @property
    def lacking(self) -> tuple[Thing, ...]:
        """What was there at the beginning and is not now."""
        return tuple(
            thing
            for thing, number in self.balance.items()
            if number < 0 and not self.is_part(thing, -1)
        )

    def is_part(self, thing: Thing, sign: int) -> bool:
        """Tell whether a thing belongs to a table or column that itself differs."""
        table = self.tables.get(thing)
        if table is None:
            return False
        if sign < 0 and thing[0] == "constraint" and table in self.nameless:
            return True
        columns = self.columns.get(thing, ())
        back = {table, *(f"{table}.{name.lower()}" for name in columns)} & self.remade
        return bool(back) or self.balance.get(("table", table), 0) * sign > 0

    def change(self, kind: str, name: str, number: int, table: str | None = None) -> None:
        """Book one thing."""
        thing = (kind, name.lower())
        if number > 0 and self.balance.get(thing, 0) < 0:
            self.remade.add(name.lower())
        self.balance[thing] = self.balance.get(thing, 0) + number
        if table is not None:
            self.tables[thing] = table.lower()

    def lacks(self, operation: Operation) -> bool:
        """Tell whether a drop is of something that none of the operations so far has made."""
        thing = taken(operation)
        return thing is not None and self.balance.get(thing, 0) <= 0

    def book(self, operation: Operation) -> None:
        """Book what an operation adds and takes away."""
        match operation:
            case CreateTable(table=table):
                self.change("table", table, 1)
            case DropTable(table=table):
                self.change("table", table, -1)
                self.forget(table)
            case RenameTable(table=table, new_name=new):
                self.carry(table.lower(), new.lower())
            case AddColumn(table=table, column=column):
                self.change("column", f"{table}.{column.name}", 1, table)
            case DropColumn(table=table, column=name):
                self.change("column", f"{table}.{name}", -1, table)
                self.forget_column(table, name)
            case AlterColumn(table=table, column=name) if renamed := operation.change("name"):
                self.change("column", f"{table}.{name}", -1, table)
                self.change("column", f"{table}.{renamed.after}", 1, table)
            case _:
                self.book_part(operation)

    def book_part(self, operation: Operation) -> None:
        """Book an index or a constraint."""
        match operation:
            case CreateIndex(name=name, table=table, columns=columns) if name:
                self.change("index", name, 1, table)
                self.columns["index", name.lower()] = columns
            case DropIndex(name=name, table=table):
                self.change("index", name, -1, table)
            case AddConstraint(name=name, table=table, columns=columns) if name:
                if operation.index is not None:
                    self.balance.pop(("index", operation.index.lower()), None)
                self.change("constraint", name, 1, table)
                self.columns["constraint", name.lower()] = columns
            case AddConstraint(table=table):
                self.nameless.add(table.lower())
            case DropConstraint(name=name, table=table) if name:
                self.change("constraint", name, -1, table)
            case _:
                pass

    def carry(self, table: str, new: str) -> None:
        """Book a table, and what differs on it, under its new name."""
        for name, number in ((table, -1), (new, 1)):
            self.balance["table", name] = self.balance.get(("table", name), 0) + number
        for names in (self.remade, self.nameless):
            own = {name for name in names if name == table or name.startswith(f"{table}.")}
            names |= {f"{new}{name.removeprefix(table)}" for name in own}
        for thing in [thing for thing, owner in self.tables.items() if owner == table]:
            kind, name = thing
            moved = (kind, f"{new}{name.removeprefix(table)}" if kind == "column" else name)
            self.tables.pop(thing)
            self.tables[moved] = new
            self.balance[moved] = self.balance.pop(thing, 0)
            self.columns[moved] = self.columns.pop(thing, ())

    def forget(self, table: str) -> None:
        """Let go what stood on a table that is dropped."""
        for thing, owner in self.tables.items():
            if owner == table.lower() and self.balance.get(thing, 0) > 0:
                self.balance[thing] = 0

    def forget_column(self, table: str, column: str) -> None:
        """Let go the new indexes and constraints of a column that is dropped."""
        for thing, columns in self.columns.items():
            own = self.tables.get(thing) == table.lower()
            if own and column.lower() in (name.lower() for name in columns):
                self.balance[thing] = min(self.balance.get(thing, 0), 0)
