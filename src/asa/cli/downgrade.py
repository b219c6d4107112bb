"""`asa downgrade`: undo revisions, one by default."""

from typing import Annotated

import typer
from rich.text import Text

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
from asa.cli.question import confirm
from asa.cli.target import DatabaseOption
from asa.errors import UsageError
from asa.report.terminal.style import Symbol, answer, line, next_step

__all__ = ["downgrade"]


def downgrade(
    revision: Annotated[
        str,
        typer.Argument(
            help="How far back: -1, a revision, or base.",
            metavar="REVISION",
            autocompletion=complete_revision,
        ),
    ] = "-1",
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL of START:END instead.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask; fail instead.")] = False,
    url: UrlOption = None,
    database: DatabaseOption = None,
    lock_wait: LockWaitOption = 600,
    lock_timeout: LockTimeoutOption = 3,
    no_lock: NoLockOption = False,
    no_copy: NoCopyOption = False,
) -> None:
    """Undo revisions of the database.

    Example: asa downgrade -1
    """
    from asa.migrations import offline
    from asa.migrations import upgrade as workflow
    from asa.migrations.lock import Patience

    # `-1` looks like an option, so the parser lets unknown ones through as the revision.
    if revision.startswith("-") and not revision[1:].isdecimal():
        raise UsageError(f"asa downgrade has no option {revision}", "asa downgrade --help")
    environment = environment_for(url, database)
    if sql:
        typer.echo(offline.downgrade_sql(environment, revision), nl=False)
        return
    patience = Patience(not no_lock, lock_wait, lock_timeout)
    narrator = Narrator("asa downgrade", environment.config)
    with narrator.listening() as notify:
        moved = workflow.downgrade(
            environment, revision, notify, patience, confirmed=yes, copied=not no_copy
        )
    if isinstance(moved, workflow.Undecided):
        errors = answer("stderr")
        errors.print(
            Text(f"this undoes, with the rows and columns they made, on {moved.place.url.place}:")
        )
        for undone in moved.revisions:
            errors.print(line(errors, Symbol.JUDGE, str(undone)))
        if not confirm("undo them?", flag="--yes", no_input=no_input):
            raise UsageError("not confirmed, so nothing was undone")
        with narrator.listening() as notify:
            moved = workflow.downgrade(
                environment, revision, notify, patience, confirmed=True, copied=not no_copy
            )
    assert isinstance(moved, workflow.Moved)  # noqa: S101  (confirmed, it is never undecided)
    console = answer()
    at = listed(moved.current, "no revision: nothing is applied")
    if not moved.steps:
        text = f"nothing to undo, the database is at {at}"
    else:
        console.print()
        text = f"{len(moved.steps)} undone, the database is at {at}"
    console.print(line(console, Symbol.PROVED, text, indent=0))
    if moved.steps:
        console.print(next_step("asa upgrade", "applies them again"))
