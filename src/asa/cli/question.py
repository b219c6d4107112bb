"""Questions to the person at the terminal. Where nobody can answer, a flag must: exit code 2."""

import sys

from rich.text import Text

from asa.errors import UsageError
from asa.report.terminal.style import answer

__all__ = ["answerable", "choose", "confirm"]


def answerable(no_input: bool = False) -> bool:
    """Tell whether somebody is there to answer."""
    return not no_input and sys.stdin.isatty()


def confirm(question: str, *, flag: str, no_input: bool = False) -> bool:
    """Ask a yes/no question; anything but yes is no.

    Args:
        question: Ends with a question mark.
        flag: What answers it without asking, for the error: `--yes`.
        no_input: Whether the user forbade questions.

    Raises:
        UsageError: Nobody is there to answer, or the input ended.
    """
    return read(f"{question} [y/N] ", question, flag, no_input).lower() in ("y", "yes")


def choose(
    question: str, choices: tuple[str, ...], *, flag: str, no_input: bool = False
) -> tuple[int, ...]:
    """Let the person pick one or several of the choices by number.

    Returns:
        Positions in `choices`, from 0, at least one.

    Raises:
        UsageError: Nobody is there to answer, or the input ended.
    """
    console = answer("stderr")
    if answerable(no_input):
        for number, choice in enumerate(choices, 1):
            console.print(Text(f"  {number}  {choice}"))
    while True:
        reply = read(f"{question} (numbers, e.g. 1 or 1,2) ", question, flag, no_input)
        numbers = reply.replace(",", " ").split()
        if numbers and all(n.isdecimal() and 1 <= int(n) <= len(choices) for n in numbers):
            return tuple(dict.fromkeys(int(n) - 1 for n in numbers))
        console.print(Text(f"  type numbers from 1 to {len(choices)}", style="dim"))


def read(prompt: str, question: str, flag: str, no_input: bool) -> str:
    """Read one line from the person; the prompt goes to stderr, since stdout is the answer's."""
    if not answerable(no_input):
        raise UsageError(f"nobody can answer here: {question}", f"add {flag}")
    sys.stderr.write(prompt)
    sys.stderr.flush()
    reply = sys.stdin.readline()
    if not reply:
        sys.stderr.write("\n")
        raise UsageError(f"the input ended at a question: {question}", f"add {flag}")
    return reply.strip()
