"""`asa migrate`: write a revision from the difference between models and schema, and prove it."""

from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from asa.cli.baseline import BaselineOption, take_baseline
from asa.cli.completion import complete_table
from asa.cli.migrate_report import exit_code, judged, show, show_sql
from asa.cli.migration import (
    Narrator,
    UrlOption,
    environment_for,
    environment_without_database,
)
from asa.cli.question import answerable, confirm
from asa.cli.target import (
    DatabaseOption,
    ScratchUrlOption,
    configured,
    scratch_of,
    unset_variable,
)
from asa.errors import UsageError
from asa.model.event import Event, Stage

if TYPE_CHECKING:
    from asa.migrations.rename import Answers, Undecided

__all__ = ["migrate"]


def migrate(
    message: Annotated[
        str | None,
        typer.Argument(metavar="MESSAGE", help="What the revision does, in your words."),
    ] = None,
    url: UrlOption = None,
    database: DatabaseOption = None,
    scratch: Annotated[
        bool,
        typer.Option("--scratch", help="Compare with the history replayed on a scratch database."),
    ] = False,
    scratch_url: ScratchUrlOption = None,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            help="What was renamed: users.name:full_name.",
            metavar="OLD:NEW",
            autocompletion=complete_table,
        ),
    ] = None,
    no_rename: Annotated[
        bool, typer.Option("--no-rename", help="Nothing was renamed: what is dropped goes.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Keep operations as Alembic generates them.")
    ] = False,
    baseline: BaselineOption = False,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the SQL of what was written, too.")
    ] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="Ask nothing.")] = False,
) -> None:
    """Write a revision from the models.

    Example: asa migrate "add a note to orders"
    """
    if baseline:
        take_baseline(url, database, message)
        return
    if message is None:
        raise UsageError("a revision wants a message", 'asa migrate "what it does"')
    from asa.migrations.rename import Answers, Undecided, parse_rename
    from asa.migrations.request import Request
    from asa.migrations.writing import Scratch, write_revision

    missing = unset_variable(configured(url=url, database=database))
    environment = environment_without_database() if missing else environment_for(url, database)
    how = Scratch(
        scratch or missing is not None,
        scratch_of(environment.config.with_flags(scratch=scratch_url)),
    )
    answers = Answers(tuple(parse_rename(text) for text in rename or ()), none=no_rename)
    narrator = Narrator("asa migrate", environment.config)
    if missing and not scratch:
        text = f"{missing} is not set: compared with the history, replayed on scratch"
        narrator.hear(Event(Stage.NOTE, "scratch", text))
    while True:
        with narrator.listening() as notify:
            request = Request(message, answers, plain or environment.config.plain)
            outcome = write_revision(environment, request, notify, how)
        if not isinstance(outcome, Undecided):
            break
        answers = decide(outcome, answers, no_input)
    show(outcome, message, environment.config, judged(environment, outcome))
    if sql and outcome.written.revisions:
        show_sql(environment, outcome)
    raise typer.Exit(exit_code(outcome))


def decide(undecided: "Undecided", answers: "Answers", no_input: bool) -> "Answers":
    """Ask about what may be a rename.

    Raises:
        UsageError: Nobody is there to answer; the flags that do are named.
    """
    from dataclasses import replace

    first = undecided.renames[0]
    if not answerable(no_input):
        flags = " ".join(f"--rename {quote(str(rename))}" for rename in undecided.renames)
        raise UsageError(
            f"{first.old} is dropped and {first.new} added: a rename, or its data is lost; "
            "nothing was written",
            f"add {flags}   or --no-rename",
        )
    for rename in undecided.renames:
        question = f"{rename.old} is gone and {rename.new} is new: was it renamed?"
        if confirm(question, flag=f"--rename {rename}", no_input=no_input):
            # Another answer may make no sense after this one: what is left is asked anew.
            return replace(answers, renames=(*answers.renames, rename))
        answers = replace(answers, separate=(*answers.separate, rename))
    return answers
