"""`asa history`: every revision, without asking any database."""

from rich.text import Text

from asa.cli.migration import revisions_here
from asa.report.terminal.style import Symbol, answer, line, next_step

__all__ = ["history"]


def history() -> None:
    """List the revisions, newest first.

    Example: asa history
    """
    revisions = revisions_here()
    console = answer()
    if not revisions:
        console.print(line(console, Symbol.NOTE, "no revision yet", indent=0))
        console.print(next_step('asa migrate "start"'))
        return
    followed = {parent for revision in revisions for parent in revision.parents}
    width = max(len(revision.shown) for revision in revisions)
    by_id = {revision.id: revision.shown for revision in revisions}
    for revision in revisions:
        text = Text(f"{revision.shown:<{width}}  {revision.message}")
        remarks = [] if revision.id in followed else ["head"]
        if len(revision.parents) > 1:
            joined = (by_id.get(parent, parent) for parent in revision.parents)
            remarks.append(f"joins {' and '.join(joined)}")
        if not revision.parents:
            remarks.append("first")
        text.append(f"   {', '.join(remarks)}" if remarks else "", style="dim")
        console.print(text)
