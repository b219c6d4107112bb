"""The table of commands; a command's module loads when the command runs, not for `asa --help`."""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command

from asa.cli.words import PlainCommand

__all__ = ["COMMANDS", "Deferred", "Entry"]

START, CHANGE, WATCH, JUDGE = "Start", "Change", "Watch", "Judge"


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: `check-connection` is `check_connection` in `asa.cli.check_connection`.

    Attributes:
        name: As it is typed.
        job: The panel of the help page that it stands in.
        summary: Its line there; one line of 80 columns.
        context: Settings of the context that it runs in.
    """

    name: str
    job: str
    summary: str
    context: dict[str, Any] = field(default_factory=dict)


COMMANDS = (
    Entry("init", START, "Find the models, write an async Alembic environment."),
    Entry("demo", START, "Walk the whole road on a throwaway SQLite project."),
    Entry("examples", START, "List, print or copy the worked examples."),
    Entry("migrate", CHANGE, "Write a revision from the models."),
    Entry("upgrade", CHANGE, "Apply revisions to the database."),
    Entry(
        "downgrade",
        CHANGE,
        "Undo revisions of the database.",
        # `asa downgrade -1`: a step back is an argument, not an option.
        {"ignore_unknown_options": True},
    ),
    Entry("status", CHANGE, "Show where database, revisions and models stand."),
    Entry("check", CHANGE, "Fail where revisions are pending or the models differ."),
    Entry("verify", CHANGE, "Prove the whole history: up, down, up again, no drift."),
    Entry("current", CHANGE, "Show the revision that the database is at."),
    Entry("history", CHANGE, "List the revisions, newest first."),
    Entry("heads", CHANGE, "List the revisions that nothing follows."),
    Entry("show", CHANGE, "Show one revision."),
    Entry("stamp", CHANGE, "Mark the database with a revision; run nothing."),
    Entry("merge", CHANGE, "Join the heads of the history by a revision."),
    Entry("check-connection", WATCH, "Check that the application can use its database."),
    Entry(
        "capture",
        WATCH,
        "Run any Python program and record its queries.",
        # The words of the program belong to it, whatever they look like.
        {"ignore_unknown_options": True, "allow_interspersed_args": False},
    ),
    Entry("digest", WATCH, "Show what query logs hold: the heaviest queries first."),
    Entry("optimize", JUDGE, "Find N+1 queries and missing indexes, and prove each fix."),
    Entry("snapshot", JUDGE, "Save planner statistics, to optimize elsewhere."),
    Entry("review", JUDGE, "Judge revisions: locks, lost data, what cannot be undone."),
    Entry("lint", JUDGE, "Judge models and engine settings."),
    Entry("rules", JUDGE, "List every rule asa knows, or explain one."),
)


class Deferred(TyperCommand):
    """A command as the help page needs it: its name, panel and summary."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.name, help=entry.summary, rich_help_panel=entry.job)
        self.entry = entry

    def loaded(self) -> Any:
        """Import the command's module and return the command itself."""
        word = self.entry.name.replace("-", "_")
        function = getattr(import_module(f"asa.cli.{word}"), word)
        alone = typer.Typer(
            rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False
        )
        settings = self.entry.context
        alone.command(self.entry.name, cls=PlainCommand, context_settings=settings)(function)
        return get_command(alone)
