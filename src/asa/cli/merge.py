"""`asa merge`: write the revision that joins several heads."""

from typing import Annotated

import typer

from asa.cli.completion import complete_revision
from asa.cli.migration import environment_without_database
from asa.report.terminal.style import Symbol, answer, line, next_step

__all__ = ["merge"]


def merge(
    message: Annotated[
        str, typer.Argument(metavar="MESSAGE", help="What is said of it.")
    ] = "join heads",
    revisions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REVISION",
            help="Heads to join; all by default.",
            autocompletion=complete_revision,
        ),
    ] = None,
) -> None:
    """Join the heads of the history by a revision.

    Example: asa merge "join both features"
    """
    from asa.migrations import stamping

    written = stamping.merge(environment_without_database(), message, tuple(revisions or ()))
    console = answer()
    console.print(line(console, Symbol.PROVED, f"wrote {written.file}", indent=0))
    console.print(next_step("asa upgrade"))
