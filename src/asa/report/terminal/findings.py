"""Findings on the terminal, at 80 columns: head line, evidence, fix, proof, then the sum."""

import textwrap
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from asa.model.finding import Finding, Proved, Refuted, Severity
from asa.model.judgement import Judgement, NotJudged
from asa.report.counts import counted, grouped, verdict
from asa.report.terminal.style import Symbol, line
from asa.report.wording import fix_text, proof_text

__all__ = ["print_judgement"]

WIDTH = 80
LABEL = 8
INDENT = 4
MOST_NAMED = 4
SYMBOLS = {
    Severity.ERROR: Symbol.CHANGE,
    Severity.WARNING: Symbol.JUDGE,
    Severity.INFO: Symbol.NOTE,
}


def print_judgement(console: Console, judgement: Judgement, *, verbose: bool = False) -> None:
    """Print findings, silences and the summary line.

    With `verbose` every thing not judged, not planned or refuted has its own line; without,
    they are counted by reason.
    """
    for number, finding in enumerate(judgement.findings, 1):
        for text in head(console, number, finding):
            console.print(text)
        for text in rows(finding):
            console.print(text)
        console.print()
    notes = list(all_notes(judgement) if verbose else counted_notes(judgement))
    for note in notes:
        first, *more = textwrap.wrap(note, WIDTH - 4) or [""]
        console.print(line(console, Symbol.NOTE, Text(first, style="dim")))
        for part in more:
            console.print(Text(f"    {part}", style="dim"))
    console.print(summary(console, judgement))


def head(console: Console, number: int, finding: Finding) -> Iterator[Text]:
    """Yield the finding's first line, its summary against the right edge or on its own lines."""
    left = Text.assemble(
        (f"{number} ", "dim"),
        SYMBOLS[finding.severity].text(console),
        f" {finding.rule}   ",
        (finding.subject, "bold"),
    )
    gap = WIDTH - left.cell_len - len(finding.summary)
    if gap >= 3:
        left.append(" " * gap + finding.summary if finding.summary else "", style="dim")
        yield left
    else:
        yield left
        for part in textwrap.wrap(finding.summary, WIDTH - INDENT):
            yield Text(" " * INDENT + part, style="dim")


def rows(finding: Finding) -> Iterator[Text]:
    """Yield evidence, fix and proof, each under its label."""
    for label, text in finding.evidence:
        yield from labelled(label, text)
    if isinstance(finding.proof, Proved):
        yield from labelled("before", "\n".join(finding.proof.before))
        yield from labelled("after", "\n".join(finding.proof.after))
    if finding.fix is not None:
        yield from fix_rows(fix_text(finding.fix))
    if finding.proof is not None:
        yield from labelled("proof", proof_text(finding.proof), style="")


def fix_rows(text: str) -> Iterator[Text]:
    """Yield a fix: what can be typed, and behind three spaces where to."""
    label = "fix"
    for part in text.splitlines():
        code, _, remark = part.partition("   ")
        typed = list(labelled(label, code, style="cyan"))
        label = ""
        if remark and typed[-1].cell_len + 3 + len(remark) <= WIDTH:
            typed[-1].append(f"   {remark}", style="dim")
        elif remark:
            typed += labelled("", remark)
        yield from typed


def labelled(label: str, text: str, *, style: str = "dim") -> Iterator[Text]:
    """Yield a text under its label, each line wrapped to the width."""
    first = True
    for part in text.splitlines():
        depth = len(part) - len(part.lstrip(" "))
        for piece in textwrap.wrap(
            part.strip(),
            WIDTH - INDENT - LABEL - depth,
            subsequent_indent=" " * 2,
            break_long_words=False,
            break_on_hyphens=False,
        ):
            shown = label if first else ""
            yield Text.assemble(f"{'':{INDENT}}{shown:<{LABEL}}{'':{depth}}", (piece, style))
            first = False


def all_notes(judgement: Judgement) -> Iterator[str]:
    """Yield a note for everything on which no finding speaks."""
    for silence in judgement.not_planned:
        yield f"not planned: {silence.subject}: {silence.reason}"
    for silence in judgement.not_judged:
        yield f"not judged: {silence.subject} {silence.reason}"
    for finding in judgement.refuted:
        reason = finding.proof.reason if isinstance(finding.proof, Refuted) else ""
        yield f"refuted: {finding.rule} {finding.subject}: {reason}"


def counted_notes(judgement: Judgement) -> Iterator[str]:
    """Yield a note for each reason, with how many it holds for."""
    for reason, silences in grouped(judgement.not_planned):
        yield f"{counted(len(silences), 'class', 'classes')} not planned: {reason}, see --verbose"
    if judgement.not_judged:
        yield f"not judged: {named(judgement.not_judged)}"
    if judgement.refuted:
        yield f"{counted(len(judgement.refuted), 'claim')} refuted by the proof, see --verbose"


def named(silences: Iterable[NotJudged]) -> str:
    """Name the first few things with their reasons, and count the others."""
    texts = list(dict.fromkeys(f"{silence.subject} {silence.reason}" for silence in silences))
    more = f"; {len(texts) - MOST_NAMED} more, see --verbose" if len(texts) > MOST_NAMED else ""
    return "; ".join(texts[:MOST_NAMED]) + more


def summary(console: Console, judgement: Judgement) -> Text:
    """Return the last line but one: the verdict."""
    severity = max((f.severity for f in judgement.findings), default=None)
    # Where something could not be planned, "nothing found" is no proof.
    clean = Symbol.NOTE if judgement.not_planned else Symbol.PROVED
    symbol = clean if severity is None else SYMBOLS[severity]
    return line(console, symbol, Text(verdict(judgement), style="bold"), indent=0)
