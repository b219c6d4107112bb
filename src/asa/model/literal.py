"""Values as SQL writes them, for people to read: `'it''s'`, NULL, 3.5."""

from decimal import Decimal

from asa.model.parameter import Withheld
from asa.model.record import Parameters

__all__ = ["assignments", "literal"]


def assignments(parameters: Parameters) -> str:
    """Return bound values beside their places: `$1 = 7, $2 = NULL`, or `:name = 'x'`."""
    if parameters is None:
        return ""
    if isinstance(parameters, dict):
        return ", ".join(f":{name} = {literal(value)}" for name, value in parameters.items())
    return ", ".join(f"${place} = {literal(value)}" for place, value in enumerate(parameters, 1))


def literal(value: object) -> str:
    """Return one value as SQL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"X'{bytes(value).hex()}'"
    if isinstance(value, list | tuple):
        return f"ARRAY[{', '.join(literal(item) for item in value)}]"
    if isinstance(value, Withheld):
        return "..."
    text = value if isinstance(value, str) else str(value)
    return "'" + text.replace("'", "''") + "'"
