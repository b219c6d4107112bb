"""The help page: every option in words a reader knows, headings bold where that shows."""

import re
from collections.abc import Iterable

from rich.text import Text

from asa.report.terminal.style import answer

__all__ = ["plain_types", "styled"]

# What typers call the types of what is typed, newer and older ones.
TYPE = re.compile(r" (?:<(?P<new>[^<>]+)>|\[(?P<old>[\w|-]+)\]|(?P<click>[A-Z]+(?: RANGE)?))$")
WORDS = {
    "str": "TEXT",
    "int": "N",
    "int range": "N",
    "INTEGER": "N",
    "INTEGER RANGE": "N",
    "float": "SECONDS",
    "float range": "SECONDS",
    "FLOAT": "SECONDS",
    "FLOAT RANGE": "SECONDS",
}
# The least that a number may be, which is plain for all of them.
LEAST = re.compile(r"(?:; )?x>=\d+")
HEADING = re.compile(r"^(\w+:)", re.MULTILINE)
OPTION = re.compile(r"^  (--?[a-z][\w-]*(?:, --?[\w-]+)*(?: / --[\w-]+)?)", re.MULTILINE)


def plain_types(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return rows of a help page, with what an option takes as its reader would name it."""
    return [
        (TYPE.sub(plain_type, label), LEAST.sub("", text).removesuffix("  []"))
        for label, text in rows
    ]


def plain_type(match: re.Match[str]) -> str:
    """Return one type: `a|b` of a choice, `N` of a number; nothing of an argument's words."""
    said = match["new"] or match["old"] or match["click"]
    listed = re.fullmatch(r"list\[(.+)\]", said)
    said = listed[1] if listed else said
    optional = match.string.startswith("-")
    return f" {WORDS.get(said, said)}" if optional else ""


def styled(page: str) -> str:
    """Return a page with bold headings and options in cyan, where the terminal shows colours."""
    console = answer()
    if not console.is_terminal or console.no_color:
        return page
    text = Text(page)
    text.highlight_regex(HEADING, "bold")
    text.highlight_regex(OPTION, "cyan")
    with console.capture() as captured:
        console.print(text, end="")
    return captured.get()
