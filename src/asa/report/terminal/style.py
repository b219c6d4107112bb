"""Symbols, roles and the two consoles: stdout for the answer, stderr for everything else.

Roles: bold is the subject, dim is evidence and times, cyan is what can be typed. A symbol
says what a line is worth; nothing depends on colour.
"""

import errno
import os
import sys
from enum import Enum
from functools import cache

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

__all__ = [
    "WIDTH_PIPED",
    "Symbol",
    "answer",
    "broken",
    "command",
    "encodes",
    "fit",
    "header",
    "line",
    "milliseconds",
    "next_step",
]

WIDTH_PIPED = 80


class Symbol(Enum):
    """What a line is worth: (unicode, ASCII, style)."""

    PROVED = ("✓", "ok", "green")
    JUDGE = ("!", "!", "yellow")
    CHANGE = ("✗", "x", "red")
    NOTE = ("·", "-", "dim")

    def text(self, console: Console) -> Text:
        """Return the symbol as the console's encoding can show it."""
        glyph, plain, style = self.value
        return Text(glyph if encodes(console.file, glyph) else plain, style=style)


class Terminal(Console):
    """A console that leaves it to the command what a reader who went away means."""

    def on_broken_pipe(self) -> None:
        """Let the error through: rich would exit with 1, which says that there are findings."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


@cache
def answer(stream: str = "stdout") -> Console:
    """Return the console of `stdout` or `stderr`; 80 columns wide where it is no terminal."""
    file = sys.stdout if stream == "stdout" else sys.stderr
    width = None if file.isatty() else WIDTH_PIPED
    return Terminal(file=file, width=width, highlight=False, soft_wrap=True, emoji=False)


def encodes(file: object, glyph: str) -> bool:
    """Tell whether a stream's encoding can carry a glyph."""
    try:
        glyph.encode(getattr(file, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def header(command_line: str, *facts: str) -> Text:
    """Return the head: the command in bold, then what was looked at, on as few lines as it fits."""
    text = Text(command_line, style="bold")
    used = text.cell_len
    for fact in "   ".join(facts).split("   ") if facts else ():
        used += 3 + cell_len(fact)
        if used > WIDTH_PIPED:
            used = 4 + cell_len(fact)
            text.append(f"\n    {fact}", style="not bold")
        else:
            text.append(f"   {fact}", style="not bold")
    return text


def line(console: Console, symbol: Symbol, text: str | Text, *, indent: int = 2) -> Text:
    """Return one line that begins with a symbol; indent 0 for a summary line.

    On a terminal a longer one goes on in lines of its own, under its first word.
    """
    head = Text.assemble(" " * indent, symbol.text(console), " ")
    return broken(console, head, Text.assemble(text))


def broken(console: Console, head: Text, text: Text) -> Text:
    """Return a text behind its head, in a terminal on lines under each other."""
    width = console.width - head.cell_len
    if not console.is_terminal or text.cell_len <= width or "\n" in text.plain:
        return Text.assemble(head, text)
    lines = text.wrap(console, width, no_wrap=False)
    for one in lines:
        one.rstrip()
    return Text.assemble(head, Text("\n" + " " * head.cell_len).join(lines))


def command(text: str) -> Text:
    """Return text that can be typed."""
    return Text(text, style="cyan")


def next_step(text: str, remark: str = "") -> Text:
    """Return the last line: `next` and the command to type."""
    assembled = Text.assemble(("next", "bold"), "  ", (text, "cyan"))
    if remark:
        fits = assembled.cell_len + 3 + cell_len(remark) <= WIDTH_PIPED
        assembled.append(f"   {remark}" if fits else f"\n      {remark}", style="dim")
    return assembled


def milliseconds(duration_ms: float | None) -> str:
    """Return a time as shown: `0.4 ms`, `41 ms`, `3.2 s`; `unknown` for None."""
    if duration_ms is None:
        return "unknown"
    if duration_ms >= 1000:
        return f"{duration_ms / 1000:.1f} s"
    return f"{duration_ms:.1f} ms" if duration_ms < 10 else f"{duration_ms:.0f} ms"


def fit(text: str, width: int) -> str:
    """Return text cut to a width, the end marked where it was cut."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"
