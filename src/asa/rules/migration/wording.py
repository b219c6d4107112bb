"""How migration rules weigh tables and put findings together."""

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Location, Severity
from asa.model.fix import Rewrite

__all__ = ["LARGE_ROWS", "SMALL_ROWS", "found", "listed", "lost", "rows_of", "weighed"]

SMALL_ROWS = 10_000
LARGE_ROWS = 1_000_000


def weighed(rows: int | None, unknown: Severity) -> Severity:
    """Return how much it matters that a table of this size is blocked or read through."""
    if rows is None:
        return unknown
    if rows < SMALL_ROWS:
        return Severity.INFO
    return Severity.ERROR if rows >= LARGE_ROWS else Severity.WARNING


def rows_of(rows: int | None) -> str:
    """Return a number of rows in words: `31M rows`, `its rows`."""
    if rows is None:
        return "its rows"
    if rows == 1:
        return "1 row"
    if rows >= 1_000_000:
        return f"{rows / 1e6:.0f}M rows" if rows >= 10_000_000 else f"{rows / 1e6:.1f}M rows"
    return f"{rows / 1000:.0f}k rows" if rows >= 10_000 else f"{rows:,} rows"


def lost(rows: int | None) -> str:
    """Return what a lost table holds in words: `31M rows are lost`, `1 row is lost`."""
    return f"{rows_of(rows)} {'is' if rows == 1 else 'are'} lost"


def listed(names: tuple[str, ...]) -> str:
    """Return names as Alembic's arguments take them: `"a", "b"`."""
    return ", ".join(f'"{name}"' for name in names)


def found(
    change: RevisionChange,
    step: Step | None,
    rule: str,
    severity: Severity,
    subject: str,
    *,
    does: str = "",
    why: str,
    safe: str = "",
    line: int = 0,
) -> Finding:
    """Return a finding about one step, or about a line of the revision.

    Args:
        change: The revision.
        step: The step judged; None for the revision as a whole.
        rule: The rule's id.
        severity: How much it matters here.
        subject: The thing judged.
        does: What the step does, in few words; empty where the subject says it.
        why: What comes of it.
        safe: Code to write instead.
        line: Where, if there is no step.
    """
    evidence = [("does", does)] if does else []
    return Finding(
        rule,
        severity,
        subject,
        evidence=(*evidence, ("why", why)),
        location=Location(change.revision.file, step.line if step else line),
        fix=Rewrite(safe) if safe else None,
    )
