"""A review on the terminal: revision by revision, each finding with the form to write instead."""

import textwrap
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from asa.model.finding import Finding, Severity
from asa.model.judgement import Judgement
from asa.model.revision import Revision
from asa.report.counts import counted
from asa.report.terminal.findings import SYMBOLS, all_notes, counted_notes, labelled
from asa.report.terminal.style import Symbol, fit, line
from asa.report.wording import fix_text, proof_text

__all__ = ["print_review", "print_statement"]

WIDTH = 80


def print_review(
    console: Console,
    revisions: Iterable[tuple[Revision, tuple[Finding, ...]]],
    judgement: Judgement,
    *,
    verbose: bool = False,
) -> None:
    """Print the findings of each revision, silences and the sum.

    With `verbose` every note and every thing not judged is told in full; without, a note is
    told in full where its rule comes up first, and things not judged are named in short.
    """
    told: set[str] = set()
    for revision, findings in revisions:
        if not findings:
            console.print(clean(console, revision))
            console.print()
        again: dict[str, list[str]] = {}
        for finding in findings:
            if finding.severity is Severity.INFO and finding.rule in told and not verbose:
                again.setdefault(finding.rule, []).append(finding.subject)
                continue
            told.add(finding.rule)
            for row in (*head(console, revision, finding), *rows(finding)):
                console.print(row)
            console.print()
        for rule, subjects in again.items():
            console.print(brief(console, revision, rule, subjects))
            console.print()
    for note in all_notes(judgement) if verbose else counted_notes(judgement):
        first, *more = textwrap.wrap(note, WIDTH - 4) or [""]
        console.print(line(console, Symbol.NOTE, Text(first, style="dim")))
        for part in more:
            console.print(Text(f"    {part}", style="dim"))
    console.print(summary(console, judgement))


def print_statement(
    console: Console, line_number: int, sql: str, took: str, marks: Iterable[str]
) -> None:
    """Print one statement that was watched: place and time, then a line for each lock or file."""
    place = f":{line_number}"
    width = WIDTH - 14 - len(place)
    text = Text(f"    {place}  ", style="dim")
    text.append(f"{fit(' '.join(sql.split()), width):<{width}}", style="not dim")
    console.print(text.append(f"{took:>8}", style="dim"))
    for mark in marks:
        console.print(Text(f"    {' ' * len(place)}  {mark}"))


def clean(console: Console, revision: Revision) -> Text:
    """Return the line of a revision in which nothing was found."""
    text = Text.assemble((revision.shown, "bold"), f"  {fit(revision.message, WIDTH - 20)}")
    return line(console, Symbol.PROVED, text, indent=0)


def head(console: Console, revision: Revision, finding: Finding) -> Iterator[Text]:
    """Yield the first line of a finding: revision, rule, place; a long place on its own line."""
    text = Text.assemble((revision.shown, "bold"), f"  {finding.rule}")
    first = line(console, SYMBOLS[finding.severity], text, indent=0)
    place = str(finding.location or revision.file)
    if first.cell_len + 3 + len(place) <= WIDTH:
        yield first.append(f"   {place}", style="dim")
        return
    yield first
    yield from labelled("at", place)


def brief(console: Console, revision: Revision, rule: str, subjects: list[str]) -> Text:
    """Return the note of a rule that was explained before: revision, rule and what it is of."""
    text = Text.assemble((revision.shown, "bold"), f"  {rule}   ")
    first, *more = textwrap.wrap(", ".join(subjects), WIDTH - 2 - text.cell_len) or [""]
    text.append("\n".join([first, *(" " * (text.cell_len + 2) + part for part in more)]), "dim")
    return line(console, Symbol.NOTE, text, indent=0)


def rows(finding: Finding) -> Iterator[Text]:
    """Yield what a step does, what comes of it, and the safe form."""
    evidence = dict(finding.evidence)
    does = evidence.pop("does", "")
    yield from labelled("does", f"{finding.subject}: {does}" if does else finding.subject)
    for label, text in evidence.items():
        yield from labelled(label, text)
    if finding.fix is not None:
        yield from labelled("safe", fix_text(finding.fix), style="cyan")
    if finding.proof is not None:
        yield from labelled("proof", proof_text(finding.proof), style="")


def summary(console: Console, judgement: Judgement) -> Text:
    """Return the last line but one: how many findings of which severity."""
    numbers = {s: sum(f.severity is s for f in judgement.findings) for s in Severity}
    parts = [
        counted(numbers[Severity.ERROR], "error"),
        counted(numbers[Severity.WARNING], "warning"),
    ]
    if numbers[Severity.INFO]:
        parts.append(counted(numbers[Severity.INFO], "note"))
    worst = max((f.severity for f in judgement.findings), default=None)
    text = ", ".join(parts) if judgement.findings else f"nothing found: {judgement.judged[0]}"
    # Where something could not be read, "nothing found" is no proof.
    quiet = Symbol.NOTE if judgement.not_judged else Symbol.PROVED
    symbol = quiet if worst is None else SYMBOLS[worst]
    return line(console, symbol, Text(text, style="bold"), indent=0)
