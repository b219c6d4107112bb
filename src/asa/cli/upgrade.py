"""`asa upgrade`: apply the revisions that a database lacks."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from asa.cli.completion import complete_revision
from asa.cli.migration import (
    LockTimeoutOption,
    LockWaitOption,
    Narrator,
    NoCopyOption,
    NoLockOption,
    UrlOption,
    environment_for,
    listed,
)
from asa.cli.target import DatabaseOption, ScratchUrlOption, scratch_of
from asa.report.terminal.style import Symbol, answer, line, next_step

if TYPE_CHECKING:
    from asa.migrations.environment import Environment
    from asa.migrations.move import Moved

__all__ = ["upgrade"]


def upgrade(
    revision: Annotated[
        str,
        typer.Argument(
            help="How far: a revision, head, heads, or +2.",
            metavar="REVISION",
            autocompletion=complete_revision,
        ),
    ] = "head",
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the SQL instead; REVISION may be START:END.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Apply them to a scratch database instead.")
    ] = False,
    no_rows: Annotated[
        bool, typer.Option("--no-rows", help="Let --dry-run take no sample of rows along.")
    ] = False,
    url: UrlOption = None,
    database: DatabaseOption = None,
    scratch_url: ScratchUrlOption = None,
    lock_wait: LockWaitOption = 600,
    lock_timeout: LockTimeoutOption = 3,
    no_lock: NoLockOption = False,
    no_copy: NoCopyOption = False,
    allow_ahead: Annotated[
        bool, typer.Option("--allow-ahead", help="Accept a database newer than these revisions.")
    ] = False,
) -> None:
    """Apply revisions to the database.

    Example: asa upgrade +1
    """
    from asa.migrations import offline
    from asa.migrations import upgrade as workflow
    from asa.migrations.lock import Patience

    environment = environment_for(url, database)
    if sql:
        typer.echo(offline.upgrade_sql(environment, revision), nl=False)
        return
    if dry_run:
        dry_run_of(
            environment, revision, scratch_url, allow_ahead=allow_ahead, with_rows=not no_rows
        )
        return
    patience = Patience(not no_lock, lock_wait, lock_timeout)
    narrator = Narrator("asa upgrade", environment.config)
    with narrator.listening() as notify:
        moved = workflow.upgrade(
            environment, revision, notify, patience, allow_ahead=allow_ahead, copied=not no_copy
        )
    if moved.steps:
        at = listed(moved.current, "no revision")
        end(f"{len(moved.steps)} applied, the database is at {at}", "asa status")
    else:
        nothing_applied(moved)


def nothing_applied(moved: "Moved") -> None:
    """Say that there was nothing to do, and whether that is because the database is ahead."""
    console = answer()
    at = listed(moved.current, "no revision")
    if moved.ahead:
        text = f"left as it is: the database is ahead, at {at}"
        console.print(line(console, Symbol.JUDGE, text, indent=0))
    else:
        text = f"nothing to apply, the database is at {at}"
        console.print(line(console, Symbol.PROVED, text, indent=0))


def end(text: str, typed_next: str) -> None:
    """Print the last lines of a run that did something."""
    console = answer()
    console.print()
    console.print(line(console, Symbol.PROVED, text, indent=0))
    console.print(next_step(typed_next))


def dry_run_of(
    environment: "Environment",
    target: str,
    scratch_url: str | None,
    *,
    allow_ahead: bool,
    with_rows: bool,
) -> None:
    """Apply the pending revisions to a scratch database, and say how that went."""
    from asa.database.sample import MOST_ROWS
    from asa.migrations.proof.rehearsal import rehearse

    lent = scratch_of(environment.config.with_flags(scratch=scratch_url))
    narrator = Narrator("asa upgrade --dry-run", replace(environment.config, url=None))
    with narrator.listening() as notify:
        moved = rehearse(
            environment,
            target,
            lent,
            notify,
            allow_ahead=allow_ahead,
            rows=MOST_ROWS if with_rows else 0,
        )
    if not moved.steps:
        nothing_applied(moved)
        return
    where = f"on scratch {moved.place.server}; the database itself was not touched"
    end(f"{len(moved.steps)} applied {where}", "asa upgrade")
