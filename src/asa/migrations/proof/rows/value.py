"""One value for one column, as SQL text: short, plain, and the same in every run."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeEngine

from asa.migrations.proof.rows.demand import Slot

__all__ = ["ATTEMPTS", "literal"]

ATTEMPTS = 6
"""How many candidates a check may refuse before its table stays empty."""

FAR = 1_000_000
STRING = re.compile(r"'((?:[^']|'')*)'")
NUMBER = re.compile(r"(?<![\w'.])-?\d+(?:\.\d+)?(?![\w'.])")
DAY = "2020-01-{day:02}"
# One text for each kind that has a spelling of its own; the server turns it into the type.
FIXED: tuple[tuple[tuple[type[TypeEngine[Any]], ...], str], ...] = (
    ((postgresql.JSONB, types.JSON), "{{}}"),
    ((postgresql.INTERVAL, types.Interval), "1 day"),
    ((postgresql.INET,), "127.0.0.{n}"),
    ((postgresql.CIDR,), "10.0.{n}.0/24"),
    ((postgresql.MACADDR,), "08:00:2b:01:02:{n:02x}"),
    ((postgresql.MACADDR8,), "08:00:2b:01:02:03:04:{n:02x}"),
    ((postgresql.TSVECTOR, postgresql.HSTORE), ""),
    ((postgresql.ARRAY,), "{{}}"),
    ((postgresql.ranges.AbstractRange,), "empty"),
    ((mysql.YEAR,), "2020"),
)


def literal(slot: Slot, number: int, attempt: int, dialect: str) -> str | None:
    """Return a value for a column as an SQL literal; None where asa knows none of its type.

    Args:
        slot: The column.
        number: Of the row, from 1; columns under a unique key differ by it.
        attempt: Which candidate, from 0, where checks refuse the first ones.
        dialect: `postgresql`, `mysql` or `sqlite`.
    """
    candidates = tuple(texts(slot, number if slot.distinct else 1, dialect))
    if not candidates:
        return None
    text = candidates[attempt % len(candidates)]
    if isinstance(slot.type, types.LargeBinary):
        return binary(text, dialect)
    return "'" + text.replace("'", "''") + "'"


def texts(slot: Slot, number: int, dialect: str) -> Iterator[str]:
    """Yield candidates: what is named in the checks, then the plain one."""
    kind = slot.type
    if isinstance(kind, postgresql.DOMAIN):
        kind = kind.data_type
    if isinstance(kind, types.Enum) and kind.enums:
        yield kind.enums[(number - 1) % len(kind.enums)]
        return
    if isinstance(kind, types.Boolean):
        yield "1" if dialect != "postgresql" else "true"
        yield "0" if dialect != "postgresql" else "false"
        return
    if isinstance(kind, types.String):
        named = [text.replace("''", "'") for check in slot.checks for text in STRING.findall(check)]
        if named:
            yield named[(number - 1) % len(named)]
            yield from named
        yield word(slot.name, number, kind.length)
        if kind.length is None:
            yield "{}"  # JSON is a LONGTEXT with a check on MariaDB
        return
    if isinstance(kind, types.Numeric | types.Integer | types.Float):
        yield from numbers(slot, number)
        return
    yield from fixed(kind, number)


def numbers(slot: Slot, number: int) -> Iterator[str]:
    """Yield numbers: the row's own, then those that stand in the checks, and beside them."""
    scale = getattr(slot.type, "scale", None)
    precision = getattr(slot.type, "precision", None)
    fraction = isinstance(slot.type, types.Numeric) and scale and scale == precision
    yield "0.5" if fraction else str(number + (above(slot) if slot.distinct else 0))
    for check in slot.checks:
        for text in NUMBER.findall(check):
            whole = int(float(text))
            yield text
            yield str(whole + number)
            yield str(whole - number)


def above(slot: Slot) -> int:
    """Return what lies far above the keys that a revision may give to rows of its own."""
    kind = slot.type
    digits = getattr(kind, "precision", None)
    if digits and digits < len(str(FAR)):
        return 0
    if isinstance(kind, mysql.TINYINT):
        return 100
    return 30_000 if isinstance(kind, types.SmallInteger) else FAR


def fixed(kind: TypeEngine[Any], number: int) -> Iterator[str]:
    """Yield the text of a type that has a spelling of its own; nothing for an unknown one."""
    day = DAY.format(day=number % 28 + 1)
    if isinstance(kind, types.Uuid | postgresql.UUID):
        yield str(uuid.UUID(int=number))
    elif isinstance(kind, types.DateTime):
        yield f"{day} 12:00:00"
    elif isinstance(kind, types.Date):
        yield day
    elif isinstance(kind, types.Time):
        yield f"12:{number % 60:02}:00"
    elif isinstance(kind, types.LargeBinary):
        yield f"{number:02x}"
    else:
        for kinds, text in FIXED:
            if isinstance(kind, kinds):
                yield text.format(n=number % 256)
                return


def word(name: str, number: int, length: int | None) -> str:
    """Return a text that names its column and row, cut from the left to what fits."""
    text = f"{name}{number}"
    return text[-length:] if length else text


def binary(text: str, dialect: str) -> str:
    """Return bytes as a literal."""
    padded = text if len(text) % 2 == 0 else f"0{text}"
    return f"'\\x{padded}'" if dialect == "postgresql" else f"x'{padded}'"
