"""`asa verify`: prove the whole history on scratch databases."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from asa.cli.migration import (
    UrlOption,
    environment_for,
    environment_without_database,
    operation_lines,
    operations_as_json,
)
from asa.cli.status import Format
from asa.cli.target import ScratchUrlOption, configured, scratch_of, unset_variable
from asa.errors import ExitCode
from asa.model.event import Event, Notify, silent
from asa.report.terminal.style import Symbol, answer, header, line, milliseconds, next_step

if TYPE_CHECKING:
    from asa.migrations.proof.verification import Failure, Verified

__all__ = ["verify"]


class Kind(str, Enum):
    """A kind of database."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    SQLITE = "sqlite"


def verify(
    dialect: Annotated[
        list[Kind] | None,
        typer.Option(help="On which kind of database; may be given more than once."),
    ] = None,
    url: UrlOption = None,
    scratch_url: ScratchUrlOption = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TERMINAL,
) -> None:
    """Prove the whole history: up, down, up again, no drift."""
    from asa.migrations.proof import verification
    from asa.migrations.writing import dialect_of

    config = configured(url=url)
    bare = unset_variable(config) is not None
    environment = environment_without_database() if bare else environment_for(url)
    lent = scratch_of(environment.config.with_flags(scratch=scratch_url))
    kinds = [one.value for one in dict.fromkeys(dialect or ())]
    chosen = kinds or [dialect_of(environment, "asa verify --dialect postgresql")]
    found = []
    for one in chosen:
        with ticking() as notify:
            found.append(verification.verify(environment, one, lent, notify))
    if form is Format.JSON:
        typer.echo(json.dumps([as_json(one) for one in found], indent=2))
    else:
        show(found)
    clean = all(one.clean for one in found)
    raise typer.Exit(ExitCode.OK if clean else ExitCode.FINDINGS)


@contextmanager
def ticking() -> Iterator[Notify]:
    """Yield a `notify` that shows the revision at work, where a terminal can."""
    errors = answer("stderr")
    if not errors.is_terminal:
        yield silent
        return
    with errors.status("scratch database") as status:

        def hear(event: Event) -> None:
            if event.done is not None:
                words = f"{event.done + 1} of {event.total}  {event.subject}  {event.text}"
                status.update(Text(words))

        yield hear


def show(found: "list[Verified]") -> None:
    """Print what held and what failed, for each kind of database."""
    console = answer()
    console.print(header("asa verify", *(str(one.server) for one in found)))
    console.print()
    for one in found:
        for row in rows_of(one):
            console.print(row)
    failures = sum(len(one.failures) for one in found)
    clean = all(one.clean for one in found)
    symbol = Symbol.PROVED if clean else Symbol.CHANGE
    console.print()
    if clean:
        console.print(line(console, symbol, "the history holds", indent=0))
        return
    count = "1 failure" if failures == 1 else f"{failures} failures"
    text = count if failures else "the end of the history does not equal the models"
    console.print(line(console, symbol, text, indent=0))
    first = next((one.failures[0] for one in found if one.failures), None)
    console.print(next_step(f"correct {first.revision.file}" if first else 'asa migrate "mend"'))


def rows_of(one: "Verified") -> list[Text]:
    """Return what came of one kind of database."""
    from asa.migrations.status import NotCompared

    console = answer()
    number = "1 revision" if one.revisions == 1 else f"{one.revisions} revisions"
    held = f"{one.server}   {number} up, down, up again"
    symbol = Symbol.PROVED if one.clean else Symbol.CHANGE
    text = Text(held)
    text.append(f"   {milliseconds(one.duration_ms)}", style="dim")
    rows = [line(console, symbol, text)]
    for failure in one.failures:
        rows += failure_lines(failure)
    if one.skipped:
        count = len(one.skipped)
        said = f"not judged: {count} after it, which would run on another schema than anywhere"
        rows.append(line(console, Symbol.NOTE, said, indent=4))
    if isinstance(one.models, NotCompared):
        said = f"not compared with the models: {one.models.reason}"
        rows.append(line(console, Symbol.NOTE, said, indent=4))
    elif one.models is not None and one.models.operations:
        rows.append(line(console, Symbol.CHANGE, "its end does not equal the models", indent=4))
        rows += [Text("      ") + row for row in operation_lines(one.models.operations)]
    elif one.models is not None:
        rows.append(line(console, Symbol.PROVED, "its end equals the models", indent=4))
    return rows


def failure_lines(failure: "Failure") -> list[Text]:
    """Return a failed revision with its evidence."""
    console = answer()
    name = Text(str(failure.revision), style="bold")
    rows = [line(console, Symbol.CHANGE, Text.assemble(name, f"   {failure.what}"), indent=4)]
    width = max((len(label) for label, _ in failure.details), default=0)
    for label, text in failure.details:
        first = text.partition("\n")[0]
        rows.append(Text(f"        {label:<{width}}  {first}", style="dim"))
    return [*rows, *(Text("      ") + row for row in operation_lines(failure.operations))]


def as_json(one: "Verified") -> dict[str, Any]:
    """Return what came of one kind of database as a JSON object."""
    from asa.migrations.drift import Drift

    compared = isinstance(one.models, Drift)
    return {
        "server": str(one.server),
        "dialect": one.server.dialect,
        "clean": one.clean,
        "revisions": one.revisions,
        "failures": [
            {
                "revision": failure.revision.id,
                "file": failure.revision.file,
                "what": failure.what,
                "details": dict(failure.details),
                "operations": operations_as_json(failure.operations),
            }
            for failure in one.failures
        ],
        "skipped": [revision.id for revision in one.skipped],
        "compared": compared,
        "drift": operations_as_json(one.models.operations if isinstance(one.models, Drift) else ()),
        "duration_ms": round(one.duration_ms, 1),
    }
