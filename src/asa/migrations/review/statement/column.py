"""The definition of a column in CREATE TABLE and ALTER TABLE."""

from dataclasses import dataclass, replace

from asa.model.operation import AddConstraint, NewColumn
from asa.sql.words import Reader

__all__ = ["Definition", "column_definition", "names_in", "reference"]

# A type's name ends where one of these begins.
AFTER_TYPE = (
    "not",
    "null",
    "default",
    "primary",
    "unique",
    "check",
    "references",
    "constraint",
    "generated",
    "as",
    "collate",
    "auto_increment",
    "autoincrement",
    "comment",
    "first",
    "after",
    "on",
    "stored",
    "virtual",
    "key",
    "using",
    "compression",
    "storage",
    "invisible",
    "visible",
    "algorithm",
    "lock",
    "charset",
    ",",
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A column with what stands behind it.

    Attributes:
        column: The column.
        constraints: Those written with it.
        says_null: Whether NULL or NOT NULL is written.
        says_default: Whether DEFAULT is written.
    """

    column: NewColumn
    constraints: tuple[AddConstraint, ...] = ()
    says_null: bool = False
    says_default: bool = False


def column_definition(reader: Reader, table: str) -> Definition:
    """Read a column from its name on, to the end of the reader."""
    column = NewColumn(reader.name(), type_text(reader))
    if column.type.lower() in ("serial", "bigserial", "smallserial"):
        column = replace(column, nullable=False, identity=True, generated=True)
    constraints: list[AddConstraint] = []
    says_null = says_default = False
    name: str | None = None
    while not reader.ended:
        if reader.take("constraint"):
            name = reader.name()
            continue
        if reader.take("not", "null"):
            column, says_null = replace(column, nullable=False), True
        elif reader.take("null"):
            says_null = True
        elif reader.take("default"):
            column, says_default = replace(column, default=default_text(reader)), True
        elif constraint := inline_constraint(reader, table, column.name, name):
            constraints.append(constraint)
            if constraint.kind == "primary key":
                column = replace(column, primary_key=True, nullable=False)
        else:
            column = generation(reader, column)
        name = None
    return Definition(column, tuple(constraints), says_null, says_default)


def type_text(reader: Reader) -> str:
    """Take a type: `varchar(20)`, `timestamp with time zone`."""
    taken = reader.text_until(*AFTER_TYPE)
    if reader.sees("character", "set"):
        taken += reader.text_until("not", "null", "default", ",")
    text, mark, _ = taken.lower().partition(" character set")
    return " ".join((taken[: len(text)] if mark else taken).split())


def default_text(reader: Reader) -> str:
    """Take a default: the value itself may be a word that ends other texts (NULL)."""
    if reader.take("null"):
        return "NULL"
    return reader.text_until(*(stop for stop in AFTER_TYPE if stop not in ("as", "key")))


def inline_constraint(
    reader: Reader, table: str, column: str, name: str | None
) -> AddConstraint | None:
    """Take a constraint of one column; None where another word comes."""
    if reader.take("primary", "key"):
        return AddConstraint("primary key", table, name, (column,))
    if reader.take("unique"):
        reader.take("key")
        return AddConstraint("unique", table, name, (column,))
    if reader.take("check"):
        group = reader.group()
        return AddConstraint("check", table, name, condition=group.sql if group else "")
    if reader.sees("references"):
        target, on_delete = reference(reader)
        return AddConstraint(
            "foreign key", table, name, (column,), target=target, on_delete=on_delete
        )
    return None


def reference(reader: Reader) -> tuple[tuple[str, tuple[str, ...]], str | None]:
    """Take what follows a foreign key's columns: its target and what a delete does."""
    reader.take("references")
    table = reader.name()
    columns = names_in(reader.group())
    on_delete = None
    while True:
        if reader.take("on", "delete"):
            on_delete = action(reader)
        elif reader.take("on", "update"):
            action(reader)
        elif not reader.take_any("match", "full", "simple", "deferrable", "initially", "deferred"):
            return (table, columns), on_delete


def action(reader: Reader) -> str:
    """Take a foreign key's action: `CASCADE`, `SET NULL`."""
    first = reader.take_any("cascade", "restrict", "set", "no")
    second = reader.take_any("null", "default", "action") if first in ("set", "no") else ""
    return f"{first} {second}".strip().upper()


def generation(reader: Reader, column: NewColumn) -> NewColumn:
    """Take one more word of a definition, and what it says of how values are made."""
    if reader.take_any("auto_increment", "autoincrement"):
        return replace(column, generated=True, identity=True)
    if reader.take("generated"):
        reader.take_any("always")
        reader.take("by", "default")
        if reader.take("as", "identity"):
            return replace(column, generated=True, identity=True)
        return column
    if reader.take("as"):
        reader.group()
        return replace(column, generated=True)
    if reader.take("stored") or reader.take("persistent"):
        return replace(column, stored=True)
    reader.at += 1
    return column


def names_in(group: Reader | None) -> tuple[str, ...]:
    """Return the columns named in brackets, expressions as they are written."""
    if group is None:
        return ()
    names = []
    for part in group.parts():
        name = part.name()
        plain = part.ended or part.take_any("asc", "desc") or part.sees("(")
        names.append(name if name and plain and not part.sees("(") else part.sql)
    return tuple(names)
