"""`asa stamp`: mark a database with revisions without running them."""

from typing import Annotated

import typer

from asa.cli.completion import complete_revision
from asa.cli.migration import Narrator, UrlOption, environment_for, listed
from asa.cli.target import DatabaseOption
from asa.report.terminal.style import Symbol, answer, line, next_step

__all__ = ["stamp"]


def stamp(
    revisions: Annotated[
        list[str],
        typer.Argument(
            help="Revisions, head, heads or base.",
            metavar="REVISION",
            autocompletion=complete_revision,
        ),
    ],
    url: UrlOption = None,
    database: DatabaseOption = None,
) -> None:
    """Mark the database with a revision; run nothing.

    Example: asa stamp head
    """
    from asa.migrations import stamping

    environment = environment_for(url, database)
    narrator = Narrator("asa stamp", environment.config)
    marked = stamping.stamp(environment, tuple(revisions), narrator.hear)
    console = answer()
    before, after = listed(marked.before, "nothing"), listed(marked.after, "nothing")
    text = f"{marked.place.url.place} was marked with {before}, now with {after}"
    console.print(line(console, Symbol.PROVED, text, indent=0))
    console.print(next_step("asa check", "compares the models with what is really there"))
