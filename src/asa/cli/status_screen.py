"""Where database, revisions and models stand, on one screen."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.text import Text

from asa.cli.half_applied import show_half_applied
from asa.cli.migration import facts, operation_lines
from asa.config import Config
from asa.report.terminal.style import Symbol, answer, fit, header, line, next_step

if TYPE_CHECKING:
    from asa.migrations.history import Unknown
    from asa.migrations.proof.half_applied import HalfApplied, NotCompared
    from asa.migrations.review.review import Reviewed
    from asa.migrations.status import Status
    from asa.model.revision import Revision

    Judged = dict[str, Reviewed]
    Half = HalfApplied | NotCompared

__all__ = ["drift", "show"]

LABEL_WIDTH = 10
NAME_WIDTH = 34
PENDING_WIDTH, LOCKS_WIDTH, REMARK_WIDTH = 30, 16, 26
MOST_LINES = 20


def show(
    found: "Status",
    config: Config,
    typed: str,
    judged: "Judged | None" = None,
    half: "Half | None" = None,
) -> None:
    """Print everything on one screen.

    Args:
        found: Where everything stands.
        config: The project's settings.
        typed: The command as it was typed.
        judged: What a review found in each pending revision.
        half: A revision that was begun and not ended.
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
    show_invalid(found)
    if half is not None:
        show_half_applied(half)
    console.print()
    symbol, summary, typed_next = begun(half) or must_change(found, judged or {})
    console.print(line(console, symbol, summary, indent=0))
    if typed_next:
        console.print(next_step(typed_next))


def begun(half: "Half | None") -> tuple[Symbol, str, str] | None:
    """Return the last line's symbol and text, and what to type next, of a half applied one."""
    from asa.migrations.proof.half_applied import HalfApplied

    if not isinstance(half, HalfApplied):
        return None
    text = f"{half.revision.shown} is half applied; asa upgrade would begin it again and fail"
    if half.obstacle is not None:
        typed = "run the SQL that undoes it, correct the file, then asa upgrade"
        return Symbol.CHANGE, text, typed if half.undo is not None else ""
    return (
        Symbol.CHANGE,
        text,
        f"run the SQL that finishes it, then asa stamp {half.revision.shown}",
    )


def must_change(found: "Status", judged: "Judged") -> tuple[Symbol, str, str]:
    """Return the last line's symbol and text, and what to type next, by what a review says."""
    from asa.model.finding import Severity

    symbol, text, typed = verdict(found)
    grave = [
        revision.shown
        for revision in found.pending
        if revision.id in judged
        and any(one.severity is Severity.ERROR for one in judged[revision.id].findings)
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
    told = Text(
        f"  {'pending':<{PENDING_WIDTH + 2}}  {'locks':<{LOCKS_WIDTH}}  review"
        if judged
        else "  pending"
    )
    console.print(told)
    for revision in found.pending[:MOST_LINES]:
        console.print(pending_line(revision, judged.get(revision.id)))
    if len(found.pending) > MOST_LINES:
        console.print(line(console, Symbol.NOTE, f"and {len(found.pending) - MOST_LINES} more"))


def pending_line(revision: "Revision", reviewed: "Reviewed | None") -> Text:
    """Return the line of a pending revision."""
    from asa.model.finding import Severity
    from asa.report.terminal.findings import SYMBOLS

    console = answer()
    text = f"{revision.shown}  {revision.message}"
    if reviewed is None:
        return line(console, Symbol.NOTE, text)
    row = Text(f"{fit(text, PENDING_WIDTH):<{PENDING_WIDTH}}")
    row.append(f"  {fit(', '.join(reviewed.locks) or 'none', LOCKS_WIDTH):<{LOCKS_WIDTH}}")
    # A review orders its findings: the gravest stands first.
    worst, more = next(iter(reviewed.findings), None), len(reviewed.findings) - 1
    if worst is None or worst.severity is Severity.INFO:
        row.append("  nothing grave", style="dim")
        return line(console, Symbol.PROVED, row)
    remark = worst.rule + (f", {more} more" if more else "")
    row.append(f"  {fit(remark, REMARK_WIDTH)}", style="dim")
    return line(console, SYMBOLS[worst.severity], row)


def show_invalid(found: "Status") -> None:
    """Print the indexes whose building was stopped."""
    if not found.invalid:
        return
    console = answer()
    console.print()
    console.print(Text("  invalid"))
    for name in found.invalid[:MOST_LINES]:
        text = f"{fit(name, NAME_WIDTH):<{NAME_WIDTH}}  its building was stopped, no query uses it"
        console.print(line(console, Symbol.JUDGE, text))


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
    if found.invalid:
        text = f"{len(found.invalid)} invalid {'index' if len(found.invalid) == 1 else 'indexes'}"
        drop = f"DROP INDEX CONCURRENTLY {found.invalid[0]}, or REINDEX INDEX CONCURRENTLY"
        return Symbol.JUDGE, text, drop
    if hasattr(found.models, "reason"):
        return Symbol.JUDGE, "the models were not compared", ""
    if not found.heads:
        return Symbol.PROVED, "no revision yet, and none is needed", ""
    return Symbol.PROVED, "database, revisions and models agree", ""
