"""`asa status`: where database, revisions and models stand."""

import json
from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from asa.cli.migration import (
    Narrator,
    UrlOption,
    environment_for,
    facts,
    operation_lines,
    operations_as_json,
    place_as_json,
)
from asa.cli.target import DatabaseOption
from asa.config import Config
from asa.errors import AsaError
from asa.model.event import silent
from asa.report.terminal.style import Symbol, answer, fit, header, line, next_step

if TYPE_CHECKING:
    from asa.migrations.environment import Environment
    from asa.migrations.history import Unknown
    from asa.migrations.status import Status
    from asa.model.finding import Finding
    from asa.model.revision import Revision

    Judged = dict[str, tuple[Finding, ...]]

__all__ = ["Format", "show", "status", "status_as_json"]

LABEL_WIDTH = 10
NAME_WIDTH = 34
REMARK_WIDTH = 40
MOST_LINES = 20


class Format(str, Enum):
    """How the answer is written."""

    TERMINAL = "terminal"
    JSON = "json"


def status(
    url: UrlOption = None,
    database: DatabaseOption = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TERMINAL,
) -> None:
    """Show where database, revisions and models stand."""
    from asa.migrations.status import read_status

    environment = environment_for(url, database, reading=True)
    narrator = Narrator("asa status", environment.config)
    found = read_status(environment, narrator.hear)
    if form is Format.JSON:
        typer.echo(json.dumps(status_as_json(found), indent=2))
    else:
        show(found, environment.config, "asa status", judged(environment, found))


def judged(environment: "Environment", found: "Status") -> "Judged":
    """Review what is pending; nothing where that fails, for the status stands without it."""
    from asa.migrations.review.review import Choice, review

    if not found.pending or found.lost:
        return {}
    try:
        names = tuple(revision.id for revision in found.pending)
        reviewed = review(environment, Choice(names), silent)
    except AsaError:
        return {}
    return {one.revision.id: one.findings for one in reviewed.revisions}


def show(found: "Status", config: Config, typed: str, judged: "Judged | None" = None) -> None:
    """Print everything on one screen.

    Args:
        found: Where everything stands.
        config: The project's settings.
        typed: The command as it was typed.
        judged: What a review found in each pending revision.
    """
    console = answer()
    console.print(header(typed, *facts(config, found.place)))
    console.print()
    console.print(labelled("database", names(found.current, "nothing applied"), behind(found)))
    heads = "one head" if len(found.heads) == 1 else f"{len(found.heads)} heads"
    console.print(
        labelled("head", names(found.heads, "no revision yet"), heads * bool(found.heads))
    )
    console.print(labelled("models", *models(found)))
    show_pending(found, judged or {})
    show_drift(found)
    console.print()
    symbol, summary, typed_next = must_change(found, judged or {})
    console.print(line(console, symbol, summary, indent=0))
    if typed_next:
        console.print(next_step(typed_next))


def must_change(found: "Status", judged: "Judged") -> tuple[Symbol, str, str]:
    """Return the last line's symbol and text, and what to type next, by what a review says."""
    from asa.model.finding import Severity

    symbol, text, typed = verdict(found)
    grave = [
        revision.shown
        for revision in found.pending
        if any(one.severity is Severity.ERROR for one in judged.get(revision.id, ()))
    ]
    if not grave:
        return symbol, text, typed
    return Symbol.CHANGE, f"{text}, {len(grave)} must change", f"asa review {grave[0]}"


def show_pending(found: "Status", judged: "Judged") -> None:
    """Print the revisions that an upgrade would apply, in order, each with its gravest finding."""
    if not found.pending:
        return
    console = answer()
    console.print()
    console.print(Text("  pending"))
    for revision in found.pending[:MOST_LINES]:
        console.print(pending_line(revision, judged.get(revision.id, ())))
    if len(found.pending) > MOST_LINES:
        console.print(line(console, Symbol.NOTE, f"and {len(found.pending) - MOST_LINES} more"))


def pending_line(revision: "Revision", findings: "tuple[Finding, ...]") -> Text:
    """Return the line of a pending revision."""
    from asa.model.finding import Severity
    from asa.report.terminal.findings import SYMBOLS

    console = answer()
    text = f"{revision.shown}  {revision.message}"
    if not findings or findings[0].severity is Severity.INFO:
        return line(console, Symbol.NOTE, text)
    # A review orders its findings: the gravest stands first.
    worst, more = findings[0], len(findings) - 1
    remark = f"{worst.rule} {worst.subject}" + (f", {more} more" if more else "")
    row = Text(f"{text:<{NAME_WIDTH}}")
    row.append(f"  {fit(remark, REMARK_WIDTH)}", style="dim")
    return line(console, SYMBOLS[worst.severity], row)


def show_drift(found: "Status") -> None:
    """Print what the models differ in."""
    operations = drift(found)
    if not operations:
        return
    console = answer()
    console.print()
    console.print(Text("  drift"))
    for row in operation_lines(operations[:MOST_LINES]):
        console.print(row)
    if len(operations) > MOST_LINES:
        console.print(line(console, Symbol.NOTE, f"and {len(operations) - MOST_LINES} more"))


def labelled(label: str, text: str, remark: str) -> Text:
    """Return one line of the table."""
    row = Text(f"  {label:<{LABEL_WIDTH}}")
    row.append(f"{text:<{NAME_WIDTH}}" if remark else text, style="bold")
    return row.append(f"  {remark}" if remark else "", style="dim")


def names(revisions: "Iterable[Revision | Unknown]", none: str) -> str:
    """Return revisions as the table names them."""
    return ", ".join(str(revision) for revision in revisions) or none


def behind(found: "Status") -> str:
    """Say how far the database is behind."""
    if found.lost:
        return "unknown here"
    if found.pending:
        return f"{len(found.pending)} behind"
    return "at head" if found.heads else ""


def drift(found: "Status") -> tuple[Any, ...]:
    """Return the operations that would make the database equal to the models."""
    return tuple(getattr(found.models, "operations", ()))


def models(found: "Status") -> tuple[str, str]:
    """Return what the table says of the models."""
    reason = getattr(found.models, "reason", None)
    if reason is not None:
        return "not compared", reason
    count = found.models.tables  # type: ignore[union-attr]  # it has no reason, so it is a Drift
    tables = "1 table" if count == 1 else f"{count} tables"
    changes = len(drift(found))
    if not changes:
        return tables, "equal to the database, no drift"
    return tables, "1 difference" if changes == 1 else f"{changes} differences"


def verdict(found: "Status") -> tuple[Symbol, str, str]:
    """Return the last line's symbol and text, and what to type next."""
    if found.lost:
        text = "the database is at a revision that no file here has"
        return Symbol.CHANGE, text, "asa history"
    if len(found.heads) > 1:
        return Symbol.CHANGE, f"{len(found.heads)} heads", 'asa merge "join heads"'
    if found.pending:
        return Symbol.JUDGE, f"{len(found.pending)} pending", "asa upgrade"
    if drift(found):
        text = "the models and the database differ"
        return Symbol.JUDGE, text, 'asa migrate "what changed"'
    if hasattr(found.models, "reason"):
        return Symbol.JUDGE, "the models were not compared", ""
    if not found.heads:
        return Symbol.PROVED, "no revision yet, and none is needed", ""
    return Symbol.PROVED, "database, revisions and models agree", ""


def status_as_json(found: "Status") -> dict[str, Any]:
    """Return everything as one JSON object."""
    reason = getattr(found.models, "reason", None)
    return {
        "database": place_as_json(found.place),
        "current": [revision.id for revision in found.current],
        "unknown": [unknown.id for unknown in found.lost],
        "heads": [revision_as_json(revision) for revision in found.heads],
        "pending": [revision_as_json(revision) for revision in found.pending],
        "models": {
            "compared": reason is None,
            "reason": reason,
            "drift": operations_as_json(drift(found)),
        },
        "clean": found.clean,
    }


def revision_as_json(revision: "Revision") -> dict[str, str]:
    """Return a revision as a JSON object."""
    return {"id": revision.id, "message": revision.message, "file": revision.file}
