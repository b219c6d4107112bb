"""Add a table or keys to a TOML file as text, so that everything else stays as it was."""

import re
import sys
from collections.abc import Mapping

from asa.errors import ConfigurationError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Value", "with_keys", "with_table"]

Value = str | tuple[str, ...]

HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)


def with_keys(text: str, table: tuple[str, ...], values: Mapping[str, Value]) -> str:
    """Return TOML text in which a table has the given keys; those that it has already stay.

    Args:
        text: The file's text.
        table: Names of the table from the top: `("tool", "asa")`; empty for the top itself.
        values: Strings or lists of strings.

    Raises:
        ConfigurationError: The table is written in a way that cannot be added to (inline).
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    before = tomllib.loads(text)
    held = inner(before, table)
    lines = [f"{key} = {spelled(value)}" for key, value in values.items() if key not in held]
    if not lines:
        return text
    block = newline.join(lines) + newline
    edited = placed(text, table, block, newline)
    expected = {**held, **{key: plain(value) for key, value in values.items() if key not in held}}
    try:
        written = inner(tomllib.loads(edited), table)
    except tomllib.TOMLDecodeError:
        written = {}
    if written != expected:
        name = ".".join(table)
        raise ConfigurationError(
            f"[{name}] is written in a way that asa cannot add to",
            f"write it as a table of its own: [{name}]",
        )
    return edited


def with_table(text: str, block: str) -> str:
    """Return TOML text with a whole new table after all others."""
    newline = "\r\n" if "\r\n" in text else "\n"
    return joined(text, block.replace("\n", newline), newline)


def placed(text: str, table: tuple[str, ...], block: str, newline: str) -> str:
    """Return the text with the block at the end of its table, the table made where it is new."""
    if not table:
        first = HEADER.search(text)
        place = first.start() if first else len(text)
        return ended(text[:place], newline) + block + text[place:]
    name = ".".join(table)
    pattern = r"[ \t]*\.[ \t]*".join(rf"[\"']?{re.escape(part)}[\"']?" for part in table)
    header = re.search(rf"^[ \t]*\[[ \t]*{pattern}[ \t]*\][^\n]*(?:\n|\Z)", text, re.MULTILINE)
    if header is None:
        return joined(text, f"[{name}]{newline}{block}", newline)
    following = HEADER.search(text, header.end())
    end = following.start() if following else len(text)
    body = text[header.end() : end]
    kept = body.rstrip()
    gap = body[len(kept) :] if kept else body
    start = text[: header.end()] + kept
    rest = gap[len(newline) :] if gap.startswith(newline) and kept else gap
    return ended(start, newline) + block + rest + text[end:]


def joined(text: str, block: str, newline: str) -> str:
    """Return the text, one blank line, the block."""
    return f"{ended(text, newline)}{newline if text.strip() else ''}{block}"


def ended(text: str, newline: str) -> str:
    """Return the text with its last line ended."""
    return text if not text or text.endswith("\n") else text + newline


def inner(parsed: Mapping[str, object], table: tuple[str, ...]) -> dict[str, object]:
    """Return a table of a parsed file; empty where there is none."""
    found: object = parsed
    for name in table:
        found = found.get(name, {}) if isinstance(found, Mapping) else {}
    return dict(found) if isinstance(found, Mapping) else {}


def spelled(value: Value) -> str:
    """Return a value as TOML spells it."""
    if isinstance(value, tuple):
        return f"[{', '.join(spelled(item) for item in value)}]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain(value: Value) -> object:
    """Return a value as a TOML parser returns it."""
    return list(value) if isinstance(value, tuple) else value
