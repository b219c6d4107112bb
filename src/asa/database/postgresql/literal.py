"""Write a Python value as a PostgreSQL literal, for EXECUTE, which takes no parameters.

Everything is written as a quoted string, which the server reads as the placeholder's own
type. Needs `standard_conforming_strings`: only the quote is then special.
"""

import json
from collections.abc import Mapping
from datetime import timedelta

__all__ = ["literal"]


def literal(value: object) -> str:
    """Return a value as SQL text.

    Raises:
        ValueError: PostgreSQL has no such text (a NUL), or asa does not know the type.
    """
    if value is None:
        return "NULL"
    text = plain(value)
    if "\0" in text:
        raise ValueError("a value holds a NUL, which PostgreSQL has not")
    return "'" + text.replace("'", "''") + "'"


def plain(value: object) -> str:
    """Return a value as the text that its PostgreSQL type reads."""
    match value:
        case bytes() | bytearray() | memoryview():
            return "\\x" + bytes(value).hex()
        case timedelta():
            return f"{value.days} days {value.seconds}.{value.microseconds:06d} seconds"
        case list() | tuple():
            return "{" + ",".join(element(item) for item in value) + "}"
        case Mapping():
            return json.dumps(value, default=str)
        case _:
            return str(value)


def element(value: object) -> str:
    """Return a value as an element of an array."""
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return plain(value)
    text = plain(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
