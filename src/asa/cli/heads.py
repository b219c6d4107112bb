"""`asa heads`: the revisions that nothing follows."""

from rich.text import Text

from asa.cli.migration import revisions_here
from asa.report.terminal.style import answer, next_step

__all__ = ["heads"]


def heads() -> None:
    """List the revisions that nothing follows.

    Example: asa heads
    """
    revisions = revisions_here()
    followed = {parent for revision in revisions for parent in revision.parents}
    found = [revision for revision in revisions if revision.id not in followed]
    console = answer()
    for revision in found:
        console.print(Text(f"{revision}").append(f"   {revision.file}", style="dim"))
    if len(found) > 1:
        console.print(next_step('asa merge "join heads"'))
