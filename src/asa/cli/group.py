"""The outermost group: the one place where errors become a message and an exit code."""

import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from itertools import groupby
from typing import Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from asa.cli.commands import COMMANDS, Deferred
from asa.cli.help import styled
from asa.cli.signals import ended_in_order
from asa.cli.words import unconverted
from asa.config.nearest import suggestion
from asa.errors import AsaError, ExitCode, UsageError
from asa.report.terminal.style import Symbol, answer, broken, line, next_step

__all__ = ["AsaGroup", "show_error"]

# The bases of typer's usage errors, which the oldest typer here exports under no name.
WRONG_USAGE: type[Any] = typer.BadParameter.__mro__[1]
TYPERS_OWN: tuple[type[Exception], ...] = (typer.BadParameter.__mro__[2], typer.Exit, typer.Abort)
# What typer says of an option that there is not, behind its name.
# Typer before 0.27 prints the tuple that it made of it.
NEAREST = re.compile(r" (?:\('?)?\(Possible options: ([\w-]+)[^)]*\)(?:',\))?$")


class AsaGroup(TyperGroup):
    """Run a command; turn what it raises into the designed message and exit code."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for entry in COMMANDS:
            self.add_command(Deferred(entry))

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options that stand before a command."""
        return unconverted(super().get_params(ctx), self.callback)

    def get_help(self, ctx: Any) -> str:
        """Return the help page."""
        return styled(super().get_help(ctx))

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 (typer's)
        """Write the commands, grouped by job."""
        for job, entries in groupby(COMMANDS, key=lambda entry: entry.job):
            with formatter.section(job):
                formatter.write_dl([(f"{one.name:<16}", one.summary) for one in entries])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the options that stand before a command."""
        with usage_told():
            return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Find the command that the words name, and load it.

        Raises:
            UsageError: There is no such command; names the nearest.
        """
        if not ctx.resilient_parsing and args[0] not in self.commands:
            near = suggestion(args[0], self.commands)
            raise UsageError(f'there is no command "{args[0]}": {near}', "asa --help")
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.loaded() if isinstance(command, Deferred) else command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the context names.

        Called by code that a loop is running (a test's fixture), it runs in a thread of its own:
        commands run loops themselves.
        """
        if not in_running_loop():
            return self.invoke_here(ctx)
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as executor:
            return executor.submit(copy_context().run, self.invoke_here, ctx).result()

    def invoke_here(self, ctx: Any) -> Any:
        """Run the command in this thread."""
        try:
            with ended_in_order(), usage_told():
                return super().invoke(ctx)
        except TYPERS_OWN:
            raise
        except AsaError as error:
            show_error(error)
            sys.exit(error.exit_code)
        except KeyboardInterrupt as end:
            answer("stderr").print(Text("interrupted", style="dim"))
            sys.exit(getattr(end, "exit_code", ExitCode.INTERRUPTED))
        except BrokenPipeError:
            # The reader of stdout went away (`asa rules | head`): nothing more to say to it,
            # and Python's own flush at exit must not complain either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(ExitCode.OK)
        except Exception as error:  # noqa: BLE001  (the last handler: a bug in asa)
            show_bug(error)
            sys.exit(ExitCode.BUG)


@contextmanager
def usage_told() -> Iterator[None]:
    """Show what typer finds wrong with the words of a command line as asa shows its errors."""
    try:
        yield
    except WRONG_USAGE as error:
        context = error.ctx
        if context is None or type(error).__name__ == "NoArgsIsHelpError":
            raise
        said = error.format_message().replace("Value error, ", "").rstrip(".")
        said = NEAREST.sub(r': did you mean "\1"?', said)
        show_error(UsageError(said[0].lower() + said[1:], f"{context.command_path} --help"))
        sys.exit(ExitCode.USAGE)


def in_running_loop() -> bool:
    """Tell whether a loop runs in this thread; where asyncio was never imported, none does."""
    if "asyncio" not in sys.modules:
        return False
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def show_error(error: AsaError) -> None:
    """Print what happened, the evidence, and what to type next, on stderr."""
    console = answer("stderr")
    message = Text(error.message, style="bold")
    cause = getattr(error, "cause", None)
    if cause and cause != "unknown":
        message.append(f"   [{cause}]", style="not bold dim")
    console.print(line(console, Symbol.CHANGE, message, indent=0))
    if error.details:
        console.print()
        for label, text in error.details:
            for row, part in enumerate(text.splitlines() or [""]):
                head = Text(f"    {label if row == 0 else '':<7} ")
                console.print(broken(console, head, Text(part)))
        console.print()
    if error.hint:
        console.print(next_step(error.hint))
    if os.environ.get("ASA_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)


def show_bug(error: Exception) -> None:
    """Say that asa itself failed; the traceback only under ASA_DEBUG, since it may hold values."""
    console = answer("stderr")
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = f"asa failed: {type(error).__name__} in {place.name}, {place.filename}:{place.lineno}"
    console.print(line(console, Symbol.CHANGE, Text(what, style="bold"), indent=0))
    console.print(next_step("ASA_DEBUG=1 asa ...", "prints the traceback to report"))
    if os.environ.get("ASA_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)
