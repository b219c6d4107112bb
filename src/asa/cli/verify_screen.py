"""What `asa verify` shows: progress while it works, then what held and what failed."""

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from asa.cli.migration import operation_lines, operations_as_json
from asa.migrations.drift import Drift
from asa.migrations.proof.verification import NotVerified, Verified
from asa.migrations.proof.walk import Failure
from asa.migrations.status import NotCompared
from asa.model.event import Event, Notify, silent
from asa.report.counts import counted
from asa.report.terminal.style import Symbol, answer, fit, header, line, milliseconds, next_step

__all__ = ["as_json", "bars", "show"]

Outcome = Verified | NotVerified
BAR_WIDTH = 20
NAME_WIDTH = 30
UNFILLED_SHOWN = 3
DETAIL_LINES = 4


@contextmanager
def bars(dialects: tuple[str, ...]) -> Iterator[Callable[[str], Notify]]:
    """Yield what returns the ear for each dialect; progress shows where a terminal can."""
    errors = answer("stderr")
    if not errors.is_terminal:
        yield lambda _dialect: silent
        return
    progress = Progress(
        TextColumn("  {task.fields[dialect]:<10}"),
        BarColumn(BAR_WIDTH),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        console=errors,
        transient=True,
    )
    with progress:
        tasks = {
            dialect: progress.add_task("scratch database", total=None, dialect=dialect)
            for dialect in dialects
        }

        def listen(dialect: str) -> Notify:
            def hear(event: Event) -> None:
                words = fit(f"{event.subject}  {event.text}", NAME_WIDTH)
                task = tasks[dialect]
                progress.update(task, description=words, completed=event.done, total=event.total)

            return hear

        yield listen


def show(found: tuple[Outcome, ...]) -> None:
    """Print what held and what failed, for each kind of database."""
    console = answer()
    names = (str(one.server) if isinstance(one, Verified) else one.dialect for one in found)
    console.print(header("asa verify", *names))
    console.print()
    for one in found:
        for row in rows_of(one):
            console.print(row)
    console.print()
    symbol, text, step = verdict(found)
    console.print(line(console, symbol, text, indent=0))
    if step:
        console.print(next_step(step))


def verdict(found: tuple[Outcome, ...]) -> tuple[Symbol, str, str]:
    """Return the summary line and what to type next."""
    judged = [one for one in found if isinstance(one, Verified)]
    failures = [failure for one in judged for failure in one.failures]
    if failures:
        step = f"correct {failures[0].revision.file}"
        return Symbol.CHANGE, counted(len(failures), "failure"), step
    if not all(one.clean for one in judged):
        text = "the end of the history does not equal the models"
        return Symbol.CHANGE, text, 'asa migrate "mend"'
    missing = [one for one in found if isinstance(one, NotVerified)]
    if missing:
        text = f"the history holds where it ran; not on {missing[0].dialect}"
        return Symbol.CHANGE, text, missing[0].error.hint
    return Symbol.PROVED, "the history holds", ""


def rows_of(one: Outcome) -> list[Text]:
    """Return what came of one kind of database."""
    console = answer()
    if isinstance(one, NotVerified):
        first = line(console, Symbol.CHANGE, f"{one.dialect}   {one.error.message}")
        return [first, *details_of(one.error.details)]
    symbol = Symbol.PROVED if one.clean else Symbol.CHANGE
    ways = "up, down, up again" + (", on rows" if one.rows else "")
    text = Text(f"{one.server}   {counted(one.revisions, 'revision')} {ways}")
    text.append(f"   {milliseconds(one.duration_ms)}", style="dim")
    rows = [line(console, symbol, text)]
    for failure in one.failures:
        rows += failure_lines(failure, Symbol.CHANGE)
    for failure in one.unjudged:
        rows += failure_lines(failure, Symbol.JUDGE, "its own code did not take asa's rows")
    return [*rows, *notes_of(one), *end_of(one)]


def notes_of(one: Verified) -> list[Text]:
    """Return what was not looked at, and why."""
    console = answer()
    rows = []
    if one.covered:
        said = f"not judged: {counted(one.covered, 'revision')} that the baseline stands in for"
        rows.append(line(console, Symbol.NOTE, said, indent=4))
    if one.skipped:
        count = len(one.skipped)
        said = f"not judged: {count} after it, which would run on another schema than anywhere"
        rows.append(line(console, Symbol.NOTE, said, indent=4))
    for unfilled in one.unfilled[:UNFILLED_SHOWN]:
        said = f"no row in {unfilled.table}: {unfilled.reason}"
        rows.append(line(console, Symbol.NOTE, said, indent=4))
    if len(one.unfilled) > UNFILLED_SHOWN:
        more = counted(len(one.unfilled) - UNFILLED_SHOWN, "more table")
        said = f"no row in {more} (--format json)"
        rows.append(line(console, Symbol.NOTE, said, indent=4))
    return rows


def end_of(one: Verified) -> list[Text]:
    """Return how the end of the history compares with the models."""
    console = answer()
    if one.models is None:
        return []
    if isinstance(one.models, NotCompared):
        said = f"not compared with the models: {one.models.reason}"
        return [line(console, Symbol.NOTE, said, indent=4)]
    if not one.models.operations:
        return [line(console, Symbol.PROVED, "its end equals the models", indent=4)]
    first = line(console, Symbol.CHANGE, "its end does not equal the models", indent=4)
    return [first, *(Text("      ") + row for row in operation_lines(one.models.operations))]


def failure_lines(failure: Failure, symbol: Symbol, what: str = "") -> list[Text]:
    """Return a failed revision with its evidence."""
    console = answer()
    name = Text(str(failure.revision), style="bold")
    text = Text.assemble(name, f"   {what or failure.what}")
    if text.cell_len <= 80 - 6:
        return [line(console, symbol, text, indent=4), *details_of(failure.details)]
    second = Text(f"        {what or failure.what}")
    return [line(console, symbol, name, indent=4), second, *details_of(failure.details)]


def details_of(details: tuple[tuple[str, str], ...]) -> list[Text]:
    """Return evidence as rows of a label and the beginning of a text, paths whole."""
    width = max((len(label) for label, _ in details), default=0)
    return [
        Text(row, style="dim")
        for label, text in details
        for row in textwrap.wrap(
            text,
            80,
            initial_indent=f"        {label:<{width}}  ",
            subsequent_indent=" " * (width + 10),
            max_lines=DETAIL_LINES,
            placeholder=" …",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def as_json(one: Outcome) -> dict[str, Any]:
    """Return what came of one kind of database as a JSON object."""
    if isinstance(one, NotVerified):
        return {"dialect": one.dialect, "clean": False, "error": one.error.message}
    return {
        "server": str(one.server),
        "dialect": one.server.dialect,
        "clean": one.clean,
        "revisions": one.revisions,
        "failures": [failure_as_json(failure) for failure in one.failures],
        "covered": one.covered,
        "skipped": [revision.id for revision in one.skipped],
        "rows": one.rows,
        "unfilled": [{"table": u.table, "reason": u.reason} for u in one.unfilled],
        "unjudged": [failure_as_json(failure) for failure in one.unjudged],
        "compared": isinstance(one.models, Drift),
        "drift": operations_as_json(one.models.operations if isinstance(one.models, Drift) else ()),
        "duration_ms": round(one.duration_ms, 1),
    }


def failure_as_json(failure: Failure) -> dict[str, Any]:
    """Return a failed revision as a JSON object; texts under one label are lines of one."""
    details: dict[str, str] = {}
    for label, text in failure.details:
        details[label] = f"{details[label]}\n{text}" if label in details else text
    return {
        "revision": failure.revision.id,
        "file": failure.revision.file,
        "what": failure.what,
        "details": details,
    }
