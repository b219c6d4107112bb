"""`asa migrate --baseline`: store the database's schema, to stand in for old history on scratch."""

from typing import Annotated

import typer

from asa.cli.migration import environment_for, facts
from asa.cli.progress import working
from asa.errors import UsageError
from asa.report.terminal.style import Symbol, answer, header, line, next_step

__all__ = ["BaselineOption", "take_baseline"]

BaselineOption = Annotated[
    bool,
    typer.Option(
        "--baseline", help="Write no revision: store the schema where the database stands now."
    ),
]


def take_baseline(url: str | None, database: str | None, message: str | None) -> None:
    """Store the baseline and say where.

    Raises:
        UsageError: A revision was asked for too.
        AsaError: The database is unreachable, or at no revision of this history.
    """
    from asa.migrations.proof.baseline import take

    if message is not None:
        raise UsageError("--baseline writes no revision", "leave the message out")
    environment = environment_for(url, database)
    with working("scratch database") as notify:
        taken = take(environment, notify)
    console = answer()
    console.print(header("asa migrate --baseline", *facts(environment.config, taken.place)))
    console.print()
    at = f"{'replaces the one before; ' if taken.replaced else ''}at {', '.join(taken.revisions)}"
    console.print(line(console, Symbol.NOTE, at))
    console.print(line(console, Symbol.PROVED, f"wrote {taken.file}", indent=0))
    console.print(next_step("asa verify", "begins behind it"))
