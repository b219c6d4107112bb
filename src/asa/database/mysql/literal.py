"""Write a Python value as a MySQL literal that no `sql_mode` reads in another way."""

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

__all__ = ["literal"]


def literal(value: object) -> str:
    """Return a value as SQL text: numbers as they are, everything else in hexadecimal."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(int(value))
        case float() | Decimal():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return f"X'{bytes(value).hex()}'"
        case timedelta():
            return text(clock(value))
        case list() | tuple() | set():
            return "(" + ", ".join(literal(item) for item in value) + ")"
        case Mapping():
            return text(json.dumps(value, default=str))
        case _:
            return text(str(value))


def text(value: str) -> str:
    """Return a string literal; hexadecimal needs no escapes, whatever the mode."""
    return f"_utf8mb4 X'{value.encode().hex()}'"


def clock(value: timedelta) -> str:
    """Return a time span as MySQL's TIME reads it."""
    sign = "-" if value < timedelta() else ""
    seconds = abs(value)
    minutes, second = divmod(seconds.seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{sign}{seconds.days * 24 + hours}:{minute:02}:{second:02}.{seconds.microseconds:06}"
