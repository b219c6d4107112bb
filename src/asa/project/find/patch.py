"""Small edits of a source file as text, so that all the rest stays as it was written."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Patch", "after_imports", "patched", "replaced", "with_argument"]


@dataclass(frozen=True, slots=True)
class Patch:
    """Text that takes the place of some other.

    Attributes:
        start: Offset in characters; nothing is replaced where `end` is the same.
        end: Offset after the last character replaced.
        text: What comes there.
    """

    start: int
    end: int
    text: str


def patched(source: str, patches: Iterable[Patch]) -> str | None:
    """Return a source with patches applied; None where it would not be Python any more."""
    text = source
    for patch in sorted(set(patches), key=lambda patch: (patch.start, patch.text), reverse=True):
        text = text[: patch.start] + patch.text + text[patch.end :]
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    return text


def with_argument(source: str, call: ast.Call, argument: str) -> Patch:
    """Return the patch that gives a call one more keyword argument, in the manner of its others."""
    given: list[ast.expr] = [*call.args, *(item.value for item in call.keywords)]
    if not given:
        end = offset(source, call.end_lineno, call.end_col_offset) - 1
        return Patch(end, end, argument)
    last = max(given, key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0))
    end = offset(source, last.end_lineno, last.end_col_offset)
    line = source.splitlines()[last.lineno - 1]
    indent = line[: len(line) - len(line.lstrip())]
    own_line = last.lineno > call.lineno
    return Patch(end, end, f",\n{indent}{argument}" if own_line else f", {argument}")


def replaced(source: str, node: ast.expr, text: str) -> Patch:
    """Return the patch that puts a text in the place of an expression."""
    start = offset(source, node.lineno, node.col_offset)
    return Patch(start, offset(source, node.end_lineno, node.end_col_offset), text)


def after_imports(source: str, lines: Iterable[str]) -> Patch:
    """Return the patch that adds lines after the last import at the top level."""
    imports = [n for n in ast.parse(source).body if isinstance(n, (ast.Import, ast.ImportFrom))]
    after = imports[-1].end_lineno if imports else 0
    place = sum(len(line) for line in source.splitlines(keepends=True)[:after])
    start = "" if not place or source[:place].endswith("\n") else "\n"
    return Patch(place, place, start + "".join(f"{line}\n" for line in lines))


def offset(source: str, line: int | None, column: int | None) -> int:
    """Return the offset in characters of a place that `ast` gives in lines and UTF-8 bytes."""
    # `ast` ends lines at newlines only; splitlines would at form feeds too.
    lines = source.split("\n")
    before = sum(len(text) + 1 for text in lines[: (line or 1) - 1])
    return before + len(lines[(line or 1) - 1].encode()[: column or 0].decode(errors="ignore"))
