"""How far a command is: on a terminal's stderr only, and gone when it is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from asa.model.event import Event, Notify, Stage, silent
from asa.report.terminal.style import answer, fit

__all__ = ["reading_bar", "working"]

BAR = 30
TEXT = 38
# What a workflow's terms are called here.
WORDS = {"plan": "planning", "search": "trying indexes"}


@contextmanager
def reading_bar() -> Iterator[Notify]:
    """Show bytes read, their rate and the time left on stderr, unless that is piped."""
    console = answer("stderr")
    if not console.is_terminal:
        yield silent
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (BarColumn(BAR), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress("  reading", *columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)

        def hear(event: Event) -> None:
            progress.update(task, completed=event.done, total=event.total)

        yield hear


@contextmanager
def working(what: str) -> Iterator[Notify]:
    """Show what is at work, and how far where that is known, on stderr, unless that is piped.

    Meanwhile nothing may be printed on stdout; what is printed on stderr stands above.

    Args:
        what: Shown until an event tells more.
    """
    console = answer("stderr")
    if not console.is_terminal:
        yield silent
        return
    from rich.progress import BarColumn, Progress, TextColumn

    text = TextColumn("  {task.description}", markup=False)
    count = TextColumn("{task.fields[count]}", markup=False)
    with Progress(text, BarColumn(BAR), count, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None, count="")

        def hear(event: Event) -> None:
            if event.stage is Stage.NOTE:
                return
            said = f"{WORDS.get(event.subject, event.subject)}  {event.text}".strip()
            known = event.total is not None and event.done is not None
            progress.update(
                task,
                description=fit(said, TEXT),
                completed=event.done or 0,
                count=f"{event.done}/{event.total}" if known else "",
            )
            # `update` keeps the total where it is given None.
            progress.tasks[task].total = event.total

        yield hear
