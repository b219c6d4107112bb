"""`asa show`: one revision with its source."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from asa.cli.completion import complete_revision
from asa.cli.migration import environment_without_database
from asa.report.terminal.style import answer, header

__all__ = ["show"]


def show(
    revision: Annotated[
        str,
        typer.Argument(
            metavar="REVISION",
            help="A revision's id or its beginning, or head.",
            autocompletion=complete_revision,
        ),
    ],
) -> None:
    """Show one revision: what it follows, where it is, what it does.

    Example: asa show head
    """
    from asa.migrations.stamping import find_revision

    environment = environment_without_database()
    found = find_revision(environment, revision)
    console = answer()
    after = ", ".join(found.parents) or "nothing: it is the first"
    console.print(header(found.shown, found.message))
    console.print(Text(f"\n  id      {found.id}\n  after   {after}\n  file    {found.file}\n"))
    typer.echo((environment.config.root / Path(found.file)).read_text(encoding="utf-8"), nl=False)
