"""`asa verify`: prove the whole history on scratch databases."""

import json
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from asa.cli.migration import UrlOption, environment_for, environment_without_database
from asa.cli.status import Format
from asa.cli.target import ScratchUrlOption, configured, scratch_of, unset_variable
from asa.errors import ExitCode

if TYPE_CHECKING:
    from asa.migrations.proof.verification import NotVerified, Verified

__all__ = ["verify"]


class Kind(str, Enum):
    """A kind of database."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    SQLITE = "sqlite"


def verify(
    dialect: Annotated[
        list[Kind] | None,
        typer.Option(help="On which kind of database; may be given more than once."),
    ] = None,
    url: UrlOption = None,
    scratch_url: ScratchUrlOption = None,
    no_rows: Annotated[
        bool, typer.Option("--no-rows", help="Leave the tables empty meanwhile.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TERMINAL,
) -> None:
    """Prove the whole history: up, down, up again, no drift.

    The scratch databases hold rows that asa makes, so that a missing value, a
    duplicate or a value that cannot be cast fails here first.

    Example: asa verify --dialect sqlite
    """
    from asa.cli import verify_screen as screen
    from asa.migrations.proof import verification
    from asa.migrations.writing import dialect_of

    config = configured(url=url)
    bare = unset_variable(config) is not None
    environment = environment_without_database() if bare else environment_for(url)
    lent = scratch_of(environment.config.with_flags(scratch=scratch_url))
    kinds = tuple(one.value for one in dict.fromkeys(dialect or ()))
    chosen = kinds or (dialect_of(environment, "asa verify --dialect postgresql"),)
    with screen.bars(chosen) as listen:
        found = verification.verify(environment, chosen, lent, listen, rows=not no_rows)
    if len(found) == 1 and isinstance(found[0], verification.NotVerified):
        raise found[0].error
    if form is Format.JSON:
        typer.echo(json.dumps([screen.as_json(one) for one in found], indent=2))
    else:
        screen.show(found)
    raise typer.Exit(exit_code(found))


def exit_code(found: "tuple[Verified | NotVerified, ...]") -> ExitCode:
    """Return what ends the command: a finding counts more than a server that is missing."""
    from asa.migrations.proof.verification import Verified

    judged = [one for one in found if isinstance(one, Verified)]
    missing = [one for one in found if not isinstance(one, Verified)]
    if not all(one.clean for one in judged):
        return ExitCode.FINDINGS
    return missing[0].error.exit_code if missing else ExitCode.OK
