"""`asa examples`: the worked examples, listed, printed or copied."""

import difflib
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from asa.atomic_file import replacing
from asa.cli.completion import complete_example
from asa.errors import UsageError
from asa.examples import EXAMPLES, Example
from asa.report.terminal.style import Symbol, answer, header, line, next_step

__all__ = ["examples"]


def examples(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="The example to print or copy.",
            autocompletion=complete_example,
        ),
    ] = None,
    copy: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Copy it, or all of them, into this directory."),
    ] = None,
) -> None:
    """List the worked examples, print one, or copy them.

    Example: asa examples query-patterns --copy examples
    """
    chosen = EXAMPLES if name is None else (named(name),)
    if copy is not None:
        copy_into(copy, chosen)
    elif name is None:
        show_list()
    else:
        sys.stdout.write(chosen[0].source)


def named(name: str) -> Example:
    """Return the example of a name.

    Raises:
        UsageError: There is none.
    """
    wanted = name.removesuffix(".py").replace("-", "_").lower()
    for example in EXAMPLES:
        if example.name == wanted:
            return example
    near = difflib.get_close_matches(wanted, [example.name for example in EXAMPLES], n=1)
    raise UsageError(
        f'there is no example "{name}"', f"asa examples {near[0]}" if near else "asa examples"
    )


def show_list() -> None:
    """Print each example with what it shows."""
    console = answer()
    console.print(header("asa examples", "each a program that runs on your database, or SQLite"))
    console.print()
    width = max(len(example.name) for example in EXAMPLES)
    for example in EXAMPLES:
        console.print(
            Text.assemble("  ", (f"{example.name:<{width}}", "bold"), (f"  {example.summary}", ""))
        )
    console.print()
    console.print(next_step("asa examples --copy examples", "or print one: asa examples NAME"))


def copy_into(directory: Path, chosen: tuple[Example, ...]) -> None:
    """Copy examples into a directory; a file that is there already stays as it is.

    Raises:
        UsageError: The directory cannot be written, or holds another file of that name.
    """
    changed = [
        example.file
        for example in chosen
        if (directory / example.file).exists()
        and (directory / example.file).read_bytes() != example.source.encode()
    ]
    if changed:
        raise UsageError(
            f"{directory / changed[0]} is there already, and is not the example",
            "name another directory; nothing was copied",
        )
    console = answer()
    written = 0
    for example in chosen:
        target = directory / example.file
        new = not target.exists()
        written += new
        if new:
            write(target, example.source)
        word = "write" if new else "keep"
        console.print(Text.assemble(f"  {word:<6} ", (target.as_posix(), "bold")))
    console.print()
    console.print(line(console, Symbol.PROVED, f"{written} written", indent=0))
    first = shlex.quote((directory / chosen[0].file).as_posix())
    console.print(next_step(f"python {first}", "give it a URL, or it takes SQLite"))


def write(target: Path, text: str) -> None:
    """Write a file, whole or not at all.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target, 0o644) as beside:
            beside.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write {target}: {error.strerror}", "name another directory"
        ) from None
