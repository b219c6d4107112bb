"""The values that PostgreSQL logs beside a statement: `$1 = 'it''s', $2 = NULL`."""

import re

from asa.model.parameter import Withheld

__all__ = ["parameters_of"]

HEADING = re.compile(r"(?:query )?parameters: ", re.IGNORECASE)
PARAMETER = re.compile(r"\$\d+ = (?:(NULL)|'([^']*(?:''[^']*)*)')(?:, |$)")
CUT = "..."


def parameters_of(detail: str | None) -> tuple[object, ...] | None:
    """Return the values in the text of a DETAIL; None where it holds none, or not whole ones.

    All are text or None: the log does not tell their types. A value that ends like those
    that `log_parameter_max_length` cut is withheld.
    """
    heading = HEADING.match(detail) if detail else None
    if detail is None or heading is None:
        return None
    values: list[object] = []
    position = heading.end()
    while position < len(detail):
        match = PARAMETER.match(detail, position)
        if match is None:
            return None
        values.append(None if match[1] else value_of(match[2]))
        position = match.end()
    return tuple(values)


def value_of(text: str) -> object:
    """Return a value without the quoting."""
    if text.endswith(CUT):
        return Withheld("str")
    return text.replace("''", "'") if "'" in text else text
