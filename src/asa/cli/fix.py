"""`--fix`: show what the source becomes, ask, and write it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from asa.cli.question import answerable, confirm
from asa.errors import UsageError
from asa.report.counts import counted
from asa.report.terminal.style import Symbol, answer, line

if TYPE_CHECKING:
    from asa.fix.source import NotApplied, SourceEdit
    from asa.model.finding import Finding
    from asa.model.mapping import MappedClass

__all__ = ["agreed", "applied", "written"]

STYLES = {"+": "green", "-": "red", "@": "cyan"}


def applied(
    found: "Iterable[Finding]", root: Path, mapped: "Sequence[MappedClass]" = (), *, yes: bool
) -> None:
    """Write the fixes of findings into the source below a directory, where the user agrees.

    Args:
        found: Of a judgement; those without a fix of the source are passed over.
        root: Directory that places are named relative to.
        mapped: Classes of the program, to import those that a fix names.
        yes: Whether the user has agreed already.

    Raises:
        UsageError: Nobody can say yes, or a file cannot be written.
    """
    from asa.fix.source import fixes_of, put_in_place, worked_out

    edits, left = worked_out(fixes_of(found), root, mapped)
    if not agreed(edits, left, yes=yes):
        return
    for edit in edits:
        put_in_place(edit)
    console = answer("stderr")
    console.print(line(console, Symbol.PROVED, Text(written(edits))))


def agreed(edits: "Sequence[SourceEdit]", left: "Iterable[NotApplied]", *, yes: bool) -> bool:
    """Show what files become and what stays to be done by hand, and ask.

    Raises:
        UsageError: Nobody can say yes.
    """
    console = answer("stderr")
    for edit in edits:
        show_diff(edit.diff)
    for one in left:
        text = f"not written: {one.finding.subject}: {one.reason}"
        console.print(line(console, Symbol.NOTE, Text(text, style="dim")))
    if not edits:
        console.print(line(console, Symbol.NOTE, Text("no fix was written into the source")))
        return False
    if not yes and not answerable():
        raise UsageError("nobody can answer here whether the source may be changed", "add --yes")
    return yes or confirm(f"change {counted(len(edits), 'file')}?", flag="--yes")


def written(edits: "Iterable[SourceEdit]") -> str:
    """Return what was written, in one line."""
    edits = list(edits)
    fixes = sum(len(edit.findings) for edit in edits)
    return f"{counted(fixes, 'fix', 'fixes')} written into {counted(len(edits), 'file')}"


def show_diff(diff: str) -> None:
    """Print a diff as `diff -u` does, in colour on a terminal."""
    console = answer("stderr")
    for row in diff.splitlines():
        console.print(Text(row, style=STYLES.get(row[:1], "")), soft_wrap=True)
    console.print()
