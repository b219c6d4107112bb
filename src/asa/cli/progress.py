"""How far the reading of logs is, on a terminal only and gone when it is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from asa.model.event import Event, Notify, silent
from asa.report.terminal.style import answer

__all__ = ["reading_bar"]

BAR = 30


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
