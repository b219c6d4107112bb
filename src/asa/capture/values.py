"""What is kept of a query's values: all, or nothing but whether two are equal."""

import json
import re

from ..model.parameter import (  # noqa: TID252  (loaded by path, under a private name)
    parameters_from_json,
    parameters_json,
)
from ..model.record import Parameters  # noqa: TID252

__all__ = ["Values"]

REMEMBERED = 1024

MASKED = {
    dialect: re.compile(
        rf"""
        (?P<text> {text} | \$(\w*)\$ .*? (?:\$\2\$ | \Z) )
        | (?P<name> {name} )
        | /\*.*?(?:\*/ | \Z) | --[^\n]* {comment}
        | (?<![\w$:%.@?]) (?P<number> \d+(?:\.\d+)?(?:e[+-]?\d+)? ) (?!\w)
        """,
        re.VERBOSE | re.DOTALL | re.IGNORECASE,
    )
    for dialect, text, name, comment in (
        (
            "mysql",
            r"""'(?:[^'\\]|\\.|'')*(?:'|\Z) | "(?:[^"\\]|\\.|"")*(?:"|\Z) """,
            "`[^`]*`",
            r"| \#[^\n]*",
        ),
        (
            "other",
            r"""(?<![\w]) e'(?:[^'\\]|\\.|'')*(?:'|\Z) | '(?:[^']|'')*(?:'|\Z) """,
            '"[^"]*"',
            "",
        ),
    )
}
"""Literals and comments of a statement. MySQL knows double-quoted text and backslash escapes;
elsewhere double quotes are names and only E'...' has escapes. What is left open is hidden to the
end."""


class Values:
    """Makes the JSON form of parameters, and masks literals where values may not be kept.

    Args:
        key: Secret to hash values with; empty where values are kept.
    """

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.masked: dict[tuple[str, str], str] = {}

    def parameters(self, parameters: object) -> str | None:
        """Return one parameter set as JSON."""
        return parameters_json(parameters, self.key)

    def kept(self, parameters: object) -> Parameters:
        """Return one parameter set as a record holds it: copies, or what stands for values."""
        form = parameters_json(parameters, self.key)
        return None if form is None else parameters_from_json(json.loads(form))

    def statement(self, sql: str, dialect: str) -> str:
        """Return a statement as it may be kept: without literals and comments under a key."""
        if not self.key:
            return sql
        known = self.masked.get((dialect, sql))
        if known is None:
            if len(self.masked) >= REMEMBERED:
                self.masked.clear()
            known = self.masked[dialect, sql] = masked(sql, dialect)
        return known


def masked(sql: str, dialect: str) -> str:
    """Return a statement with `'?'` for each text, `0` for each number, and no comments."""
    pattern = MASKED["mysql" if dialect == "mysql" else "other"]
    return pattern.sub(replacement, sql)


def replacement(match: "re.Match[str]") -> str:
    """Return what stands for one literal or comment."""
    if match["text"] is not None:
        return "'?'"
    if match["name"] is not None:
        return match["name"]
    return " " if match["number"] is None else "0"
