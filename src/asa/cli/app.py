"""The application: global options and the table of commands."""

from typing import Annotated

import typer

from asa import __version__
from asa.cli.capture import capture
from asa.cli.check_connection import check_connection
from asa.cli.demo import demo
from asa.cli.downgrade import downgrade
from asa.cli.group import AsaGroup
from asa.cli.init import init
from asa.cli.migrate import migrate
from asa.cli.status import status
from asa.cli.upgrade import upgrade

__all__ = ["app"]

app = typer.Typer(
    name="asa",
    cls=AsaGroup,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Database work for async SQLAlchemy projects, each claim proved.",
)

START, CHANGE, WATCH, JUDGE = "Start", "Change", "Watch", "Judge"


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


app.command(rich_help_panel=START)(init)
app.command(rich_help_panel=START)(demo)
app.command(rich_help_panel=CHANGE)(migrate)
app.command(rich_help_panel=CHANGE)(upgrade)
app.command(rich_help_panel=CHANGE)(downgrade)
app.command(rich_help_panel=CHANGE)(status)
app.command("check-connection", rich_help_panel=WATCH)(check_connection)
app.command(
    rich_help_panel=WATCH,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)(capture)
