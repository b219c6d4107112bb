"""The scheme of a database URL in source: all that is ever taken from a value."""

import ast
import re

__all__ = ["scheme_within", "spoken_scheme"]

SCHEME = re.compile(r"^(postgres(?:ql)?|mysql|mariadb|sqlite)(?:\+(\w+))?:")
FAMILIES = {"postgres": "postgresql", "mariadb": "mysql"}


def spoken_scheme(text: str) -> tuple[str, str | None] | None:
    """Return (dialect, driver) of a text that begins like a database URL."""
    match = SCHEME.match(text.strip())
    return (FAMILIES.get(match[1], match[1]), match[2]) if match else None


def scheme_within(value: ast.expr) -> tuple[str, str | None] | None:
    """Return (dialect, driver) of the first URL-like text in an expression."""
    texts = (
        node.value
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return next((spoken for text in texts if (spoken := spoken_scheme(text))), None)
