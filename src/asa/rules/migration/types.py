"""Column types: which changes keep every value, and which need no new copy of the table."""

import re
from dataclasses import dataclass

__all__ = ["Type", "is_narrowing", "keeps_rows", "read_type", "surely_before", "type_before"]

from asa.model.change import RevisionChange
from asa.model.operation import AlterColumn

SPELLING = re.compile(r"([a-z_][\w ]*?)\s*(?:\(([^)]*)\))?\s*(with(?:out)? time zone)?\s*(\[\])?$")
ALIASES = {
    "int": "integer",
    "int4": "integer",
    "serial": "integer",
    "int8": "bigint",
    "bigserial": "bigint",
    "int2": "smallint",
    "smallserial": "smallint",
    "character varying": "varchar",
    "nvarchar": "varchar",
    "character": "char",
    "bpchar": "char",
    "decimal": "numeric",
    "float8": "double precision",
    "double": "double precision",
    "float4": "real",
    "bool": "boolean",
    "timestamptz": "timestamp with time zone",
    "timestamp without time zone": "timestamp",
    "datetime": "timestamp",
}
WHOLE = ("tinyint", "smallint", "mediumint", "integer", "bigint")
TEXTS = ("tinytext", "text", "mediumtext", "longtext")
SPANS = (WHOLE, ("real", "double precision"), TEXTS)
LENGTHS = ("varchar", "numeric")
COARSER = {
    ("timestamp", "date"),
    ("timestamp with time zone", "date"),
    ("timestamp with time zone", "time"),
    ("timestamp", "time"),
    ("jsonb", "boolean"),
    ("numeric", "integer"),
    ("numeric", "bigint"),
    ("double precision", "integer"),
    ("double precision", "bigint"),
    ("real", "integer"),
}
# Lengths in characters at which MySQL's length byte of utf8mb4 becomes two bytes.
ONE_BYTE = 63


@dataclass(frozen=True, slots=True)
class Type:
    """A type's name in one spelling, and its numbers."""

    name: str
    numbers: tuple[int, ...] = ()
    array: bool = False


def read_type(text: str | None) -> Type | None:
    """Return a type; None where the text is none that asa reads."""
    match = SPELLING.match(" ".join((text or "").lower().split()))
    if match is None:
        return None
    name = match[1].strip()
    if match[3] == "with time zone":
        name = f"{name} with time zone"
    inside = [part.strip() for part in (match[2] or "").split(",")]
    numbers = tuple(int(part) for part in inside if part.isdigit())
    if match[2] and not numbers:
        name = f"{name}({match[2]})"
    return Type(ALIASES.get(name, name), numbers, bool(match[4]))


def type_before(change: RevisionChange, operation: AlterColumn) -> str | None:
    """Return a column's type before it is changed; None where nothing tells.

    `existing_type=sa.String()` is often written for a varchar of some length, so database or
    history are asked for the length.
    """
    altered = operation.change("type")
    told = altered.before if altered is not None else None
    if told and not lacks_length(told):
        return told
    known = known_type(change, operation)
    return known if known and (not told or same_kind(told, known)) else told


def surely_before(change: RevisionChange, operation: AlterColumn) -> str | None:
    """Return the type before as `type_before` does, but None where its length is a guess."""
    before = type_before(change, operation)
    guessed = before and lacks_length(before) and known_type(change, operation) != before
    return None if guessed else before


def known_type(change: RevisionChange, operation: AlterColumn) -> str | None:
    """Return a column's type as database or history know it."""
    table = change.table(operation.table)
    column = table.column(operation.column) if table else None
    return column.type if column else None


def lacks_length(text: str) -> bool:
    """Tell whether a type could have a length or precision and states none."""
    kind = read_type(text)
    return kind is not None and kind.name in LENGTHS and not kind.numbers


def same_kind(one: str, other: str) -> bool:
    """Tell whether two types differ in their numbers at most."""
    left, right = read_type(one), read_type(other)
    return left is not None and right is not None and left.name == right.name


def keeps_rows(before: Type, after: Type, dialect: str) -> bool:
    """Tell whether a change of type leaves the rows as they lie on the disk.

    MariaDB is a dialect of its own here: it lets a VARCHAR grow past 255 bytes in place.
    """
    if before == after:
        return True
    if before.array or after.array:
        return False
    if dialect in ("mysql", "mariadb"):
        return in_place(before, after, mariadb=dialect == "mariadb")
    if before.name in ("varchar", "text") and after.name in ("varchar", "text"):
        return not after.numbers or grows(before, after)
    if before.name == after.name == "numeric":
        return not after.numbers or (
            bool(before.numbers)
            and scale(before) == scale(after)
            and after.numbers[0] >= before.numbers[0]
        )
    if before.name == after.name and before.name.startswith(("timestamp", "time", "varbit")):
        return not after.numbers or grows(before, after)
    return (before.name, after.name) == ("cidr", "inet")


def in_place(before: Type, after: Type, *, mariadb: bool) -> bool:
    """Tell whether MySQL or MariaDB changes a type without copying the table."""
    if before.name.startswith("enum(") and after.name.startswith("enum("):
        return after.name.startswith(before.name[:-1])
    if before.name in WHOLE and before.name == after.name:
        return True
    if before.name != "varchar" or after.name != "varchar" or not before.numbers:
        return False
    crosses = (before.numbers[0] > ONE_BYTE) != (after.numbers[0] > ONE_BYTE)
    return grows(before, after) and (mariadb or not crosses)


def grows(before: Type, after: Type) -> bool:
    """Tell whether a length is known and does not become less."""
    return bool(before.numbers and after.numbers) and after.numbers[0] >= before.numbers[0]


def scale(kind: Type) -> int:
    """Return the digits behind the point."""
    return kind.numbers[1] if len(kind.numbers) > 1 else 0


def is_narrowing(before: Type, after: Type) -> bool:
    """Tell whether values that the old type held do not fit the new one."""
    for span in SPANS:
        if before.name in span and after.name in span:
            return span.index(after.name) < span.index(before.name)
    texts = (*TEXTS, "varchar", "char")
    if before.name in texts and after.name in ("varchar", "char"):
        if not after.numbers:
            return after.name == "char"
        return not before.numbers or after.numbers[0] < before.numbers[0]
    if before.name == after.name == "numeric" and after.numbers:
        return not before.numbers or (
            after.numbers[0] - scale(after) < before.numbers[0] - scale(before)
            or scale(after) < scale(before)
        )
    return (before.name, after.name) in COARSER
