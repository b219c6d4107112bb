"""`asa current`: what the database is marked with."""

import typer

from asa.cli.migration import Narrator, UrlOption, environment_for, listed
from asa.cli.target import DatabaseOption

__all__ = ["current"]


def current(url: UrlOption = None, database: DatabaseOption = None) -> None:
    """Show the revision that the database is at.

    Example: asa current --url env:DATABASE_URL
    """
    from asa.migrations.status import read_marks

    environment = environment_for(url, database, reading=True)
    narrator = Narrator("asa current", environment.config)
    marks = read_marks(environment, narrator.hear)
    typer.echo(listed(marks, "no revision is applied"))
