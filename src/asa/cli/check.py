"""`asa check`: a gate for CI; revisions pending or models that differ end with exit code 1."""

import json
from typing import Annotated

import typer

from asa.cli.migration import Narrator, UrlOption, environment_for
from asa.cli.progress import working
from asa.cli.status import Format, half_applied, status_as_json
from asa.cli.status_screen import show
from asa.cli.target import DatabaseOption
from asa.errors import ExitCode

__all__ = ["check"]


def check(
    url: UrlOption = None,
    database: DatabaseOption = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TERMINAL,
) -> None:
    """Fail where revisions are pending or the models differ.

    Example: asa check --url env:DATABASE_URL
    """
    from asa.migrations.status import read_status

    environment = environment_for(url, database, reading=True)
    narrator = Narrator("asa check", environment.config)
    with working("comparing the models with the database"):
        found = read_status(environment, narrator.hear)
        half = half_applied(environment, found, narrator.hear)
    if form is Format.JSON:
        typer.echo(json.dumps(status_as_json(found, half), indent=2))
    else:
        show(found, environment.config, "asa check", half=half)
    raise typer.Exit(ExitCode.OK if found.clean else ExitCode.FINDINGS)
