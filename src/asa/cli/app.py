"""The application: the options that hold for every command."""

from typing import Annotated

import typer

from asa import __version__
from asa.cli.group import AsaGroup

__all__ = ["app"]

app = typer.Typer(
    name="asa",
    cls=AsaGroup,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Database work for async SQLAlchemy projects, each claim proved.",
)


def show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"asa {__version__}")
        raise typer.Exit


@app.callback()
def asa(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=show_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that hold for every command."""
