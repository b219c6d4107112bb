"""Statements as a revision writes them: `op.execute` takes a colon for a parameter."""

import re
from textwrap import indent

__all__ = ["escaped", "execute_call", "literal"]

PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")


def escaped(sql: str) -> str:
    """Return a statement, or a part of one, whose colons `text` leaves as they are."""
    return PARAMETER.sub(r"\\:", sql)


def execute_call(sql: str) -> str:
    """Return the call that runs a statement; one of several lines keeps them."""
    if "\n" in sql and '"""' not in sql:
        body = escaped(sql).replace("\\", "\\\\")
        return f'op.execute("""\n{indent(body, 4 * " ")}\n""")'
    return f"op.execute({escaped(sql)!r})"


def literal(value: str) -> str:
    """Return a string as SQL takes it."""
    return "'" + value.replace("'", "''") + "'"
