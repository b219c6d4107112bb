"""What would mend a finding, as data that `fix` can apply and `report` can print."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from asa.model.record import CallSite

__all__ = [
    "AddArgument", "AddIndex", "DropIndex", "Fix", "IndexKey", "LoaderOption", "Rewrite",
    "SourceFix", "keys", "model_key",
]  # fmt: skip

# A call is the one expression that an index takes without parentheses, but on MySQL.
CALL = re.compile(r"\w+\([^()]*\)")


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
    """Replace a shape of code by another.

    Attributes:
        text: The other one.
        at: The line; None where it is not certain.
        entity: The class whose rows a loop gets one by one by `session.get`; empty for any
            other shape.
        column: The attribute that they are got by.
    """

    text: str
    at: CallSite | None = None
    entity: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class AddArgument:
    """Give a call one more keyword argument, or another value to one that it has.

    Attributes:
        call: Name of what is called: `create_async_engine`.
        argument: `pool_pre_ping=True`.
        at: Where the call, or the statement that holds it, begins.
    """

    call: str
    argument: str
    at: CallSite

    @property
    def text(self) -> str:
        """The fix as a user types it."""
        return f"{self.call}(..., {self.argument})"


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key of an index.

    Attributes:
        name: The column, unquoted; of an expression its SQL.
        expression: Whether it is an expression.
        descending: Whether it falls.
        operators: PostgreSQL's operator class, where it is not the type's own.
        length: How many characters of the value MySQL keeps; None for all.
    """

    name: str
    expression: bool = False
    descending: bool = False
    operators: str | None = None
    length: int | None = None

    def __str__(self) -> str:
        length = f"({self.length})" if self.length else ""
        return " ".join(
            filter(None, (self.name + length, self.operators, "DESC" if self.descending else ""))
        )


def keys(*names: str) -> tuple[IndexKey, ...]:
    """Return the keys of plain columns; one whose name ends with ` DESC` falls."""
    return tuple(
        IndexKey(name.removesuffix(" DESC"), descending=name.endswith(" DESC")) for name in names
    )


@dataclass(frozen=True, slots=True)
class AddIndex:
    """Create an index.

    Attributes:
        table: Table name.
        keys: In order.
        name: Name that the index would have.
        ddl: The statement for the database at hand.
        where: Condition of the rows that it holds, in SQL; None for all.
        include: Columns kept beside the keys, unquoted (PostgreSQL).
        method: `gin` and the like; None for a B-tree.
        dialect: Of the database at hand; None where unknown.
    """

    table: str
    keys: tuple[IndexKey, ...]
    name: str
    ddl: str
    where: str | None = None
    include: tuple[str, ...] = ()
    method: str | None = None
    dialect: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys as text: `customer_id`, `placed DESC`, `lower(email)`."""
        return tuple(map(str, self.keys))

    @property
    def subject(self) -> str:
        """The index as people write it: `orders (customer_id) WHERE deleted_at IS NULL`."""
        text = f"{self.table} ({', '.join(self.columns)})"
        if self.method:
            text = f"{self.table} USING {self.method} ({', '.join(self.columns)})"
        if self.include:
            text += f" INCLUDE ({', '.join(self.include)})"
        return text + (f" WHERE {self.where}" if self.where else "")

    @property
    def text(self) -> str:
        """The fix as a user types it in a model, where columns are attributes of their names."""
        return self.spelt(self.typed)

    def typed(self, key: IndexKey) -> str:
        """Return a key as a user types it: a text that says DESC would drift on SQLite."""
        if key.descending and not key.expression and key.name.isidentifier():
            return f"{key.name}.desc()"
        return model_key(key, self.dialect)

    def spelt(self, key_text: Callable[[IndexKey], str]) -> str:
        """Return the same, each key as a function spells it."""
        parts = [quoted(self.name), *map(key_text, self.keys)]
        lengths = {key.name: key.length for key in self.keys if key.length}
        operators = {key.name: key.operators for key in self.keys if key.operators}
        prefix = self.dialect or "postgresql"
        if self.method:
            parts.append(f"{prefix}_using={quoted(self.method)}")
        if operators:
            listed = ", ".join(f"{quoted(n)}: {quoted(o)}" for n, o in operators.items())
            parts.append(f"{prefix}_ops={{{listed}}}")
        if lengths:
            listed = ", ".join(f"{quoted(name)}: {size}" for name, size in lengths.items())
            parts.append(f"{prefix}_length={{{listed}}}")
        if self.include:
            parts.append(f"{prefix}_include=[{', '.join(map(quoted, self.include))}]")
        if self.where:
            parts.append(f"{prefix}_where=text({quoted(self.where)})")
        return f"Index({', '.join(parts)})"


def model_key(key: IndexKey, dialect: str | None = None) -> str:
    """Return a key as a model's `Index` takes it; SQLAlchemy writes a text as it is."""
    if key.operators and key.expression:
        # An operator class is looked up by the label of the expression.
        return f"text({quoted(key.name)}).label({quoted(key.name)})"
    bare = not key.expression or (dialect != "mysql" and CALL.fullmatch(key.name))
    name = key.name if bare else f"({key.name})"
    if key.expression or key.descending:
        return f"text({quoted(name + (' DESC' if key.descending else ''))})"
    return quoted(key.name)


def quoted(text: str) -> str:
    """Return a Python literal in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


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


SourceFix = LoaderOption | Rewrite | AddArgument
"""What is written at a line of the source."""

Fix = LoaderOption | Rewrite | AddArgument | AddIndex | DropIndex
