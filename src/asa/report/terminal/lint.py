"""What `asa lint` found, on the terminal: rule by rule, each with its places."""

import textwrap
from collections.abc import Iterator
from itertools import groupby

from rich.console import Console
from rich.text import Text

from asa.model.finding import Finding
from asa.model.judgement import Judgement
from asa.report.counts import counted
from asa.report.terminal.findings import SYMBOLS, labelled, summary
from asa.report.terminal.style import line
from asa.report.wording import fix_text

__all__ = ["print_lint"]

WIDTH = 80
INDENT = 4
MOST_PLACES = 8
BELOW = 2


def print_lint(console: Console, judgement: Judgement, *, verbose: bool = False) -> None:
    """Print the findings of each rule under one head, and the sum.

    With `verbose` every place is named; without, the first few of each rule.
    """
    ordered = sorted(judgement.findings, key=lambda f: (-f.severity, f.rule))
    for _, group in groupby(ordered, key=lambda f: (f.severity, f.rule)):
        for row in rule_rows(console, list(group), verbose=verbose):
            console.print(row)
        console.print()
    console.print(summary(console, judgement))


def rule_rows(console: Console, findings: list[Finding], *, verbose: bool) -> Iterator[Text]:
    """Yield the lines of one rule: its name, each place, why, and the fix."""
    first = findings[0]
    head = Text.assemble((first.rule, "bold"))
    if len(findings) > 1:
        head.append(f"   {counted(len(findings), 'place')}", style="dim")
    yield line(console, SYMBOLS[first.severity], head, indent=0)
    shown = findings if verbose else findings[:MOST_PLACES]
    widest = max(len(str(finding.location or "")) for finding in shown)
    # Beside a long path there is no room for a sentence: it stands below.
    width = widest if widest <= WIDTH // 2 else BELOW
    for finding in shown:
        yield from place_rows(finding, width)
    if len(shown) < len(findings):
        yield Text(f"{'':{INDENT}}and {len(findings) - len(shown)} more, see --verbose", "dim")
    whys = dict.fromkeys(text for f in findings for label, text in f.evidence if label == "why")
    yield from labelled("why", next(iter(whys), ""))
    if first.fix is not None:
        yield from labelled("fix", fix_text(first.fix), style="cyan")


def place_rows(finding: Finding, width: int) -> Iterator[Text]:
    """Yield where a finding is, what it is on, and what is so there."""
    place = str(finding.location or "")
    does = dict(finding.evidence).get("does", "")
    if len(place) > width:
        yield Text(f"{'':{INDENT}}{place}", style="dim")
        place = ""
    left = INDENT + width + 2
    wrapped = textwrap.wrap(
        f"{finding.subject} {does}", WIDTH - left, break_long_words=False, break_on_hyphens=False
    )
    for number, part in enumerate(wrapped):
        bold = len(finding.subject) if number == 0 and part.startswith(finding.subject) else 0
        yield Text.assemble(
            (f"{'':{INDENT}}{place if number == 0 else '':<{width}}  ", "dim"),
            (part[:bold], "bold"),
            part[bold:],
        )
