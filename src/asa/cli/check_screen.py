"""A check on the screen: its steps as they are taken, what is waited for, and the sum."""

from typing import TYPE_CHECKING

from rich.text import Text

from asa.model.event import Event, Stage
from asa.report.terminal.style import Symbol, answer, header, line, milliseconds, next_step

if TYPE_CHECKING:
    from asa.connection.outcome import Outcome
    from asa.database.cause import Cause

__all__ = ["Screen", "show_cause", "show_outcome", "show_sum", "show_title"]

SYMBOLS = {
    Stage.DONE: Symbol.PROVED,
    Stage.WARNED: Symbol.JUDGE,
    Stage.FAILED: Symbol.CHANGE,
    Stage.NOTE: Symbol.NOTE,
}
NAME_WIDTH, TEXT_WIDTH, TIME_WIDTH = 11, 44, 7


class Screen:
    """Prints the steps as they are taken, and in one live line what is waited for.

    Args:
        steps: Whether steps are printed; those of several databases would mix.
    """

    def __init__(self, *, steps: bool) -> None:
        self.steps = steps
        self.console = answer("stderr")
        self.live = self.console.status("") if self.console.is_terminal else None
        self.waited_for: set[str] = set()

    def hear(self, event: Event) -> None:
        """Print one event."""
        if event.stage is not Stage.ADVANCED:
            if self.steps:
                self.rest()
                show_step(event)
            return
        left = f"{(event.duration_ms or 0) / 1000:.0f} s left"
        if self.live is not None:
            text = Text(f"waiting, {left}: {event.text}", no_wrap=True, overflow="ellipsis")
            self.live.update(text)
            self.live.start()
        elif event.text not in self.waited_for:
            self.waited_for.add(event.text)
            text = Text(f"waiting: {event.text}, {left}")
            self.console.print(line(self.console, Symbol.NOTE, text))

    def rest(self) -> None:
        """Take the live line away."""
        if self.live is not None:
            self.live.stop()


def show_title(title: str) -> None:
    """Print the head line: what is checked."""
    console = answer()
    console.print(header("asa check-connection", title))
    console.print()


def show_step(event: Event) -> None:
    """Print one step."""
    console = answer()
    name = Text(f"{event.subject:<{NAME_WIDTH}} ")
    if event.duration_ms is None:
        text = Text(event.text)
    else:
        time = f"{milliseconds(event.duration_ms):>{TIME_WIDTH}}"
        text = Text.assemble(f"{event.text:<{TEXT_WIDTH}} ", (time, "dim"))
    console.print(line(console, SYMBOLS[event.stage], Text.assemble(name, text)))


def show_outcome(outcome: "Outcome") -> None:
    """Print what became of one database of several."""
    from asa.cli.group import show_error

    show_title(outcome.title)
    if outcome.error is not None:
        show_error(outcome.error)
    elif outcome.verdict is not None:
        for step in outcome.verdict.steps:
            show_step(step.event)
        show_sum(outcome)
    answer().print()


def show_sum(outcome: "Outcome") -> None:
    """Print the last lines: usable or not as required, and what to do about it."""
    console = answer()
    for name, reason in outcome.unmet:
        text = Text.assemble(f"{'require':<{NAME_WIDTH}} ", (name, "bold"), f": {reason}")
        console.print(line(console, Symbol.CHANGE, text))
    console.print()
    console.print(line(console, SYMBOLS[outcome.stage], outcome.summary, indent=0))
    for step in outcome.verdict.warnings if outcome.verdict else ():
        console.print(next_step(step.advice))


def show_cause(cause: "Cause") -> None:
    """Print one cause: its code, whether --wait waits for it, what happened, what to do."""
    message, hint = cause.sentences
    waits = "   --wait goes on" if cause.transient else ""
    console = answer()
    console.print(Text.assemble("  ", (cause.code, "bold"), (waits, "dim")))
    console.print(Text(f"      {message}"))
    if hint:
        console.print(Text(f"      {hint}", style="dim"))
