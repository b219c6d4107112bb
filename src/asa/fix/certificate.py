"""What a revision of proved indexes tells of its reasons, to whoever reads it later."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from textwrap import wrap

from asa.model.finding import Finding, Proved
from asa.model.fix import AddIndex

__all__ = ["certificate", "message_for"]

WIDTH = 76
LABEL_WIDTH = 8
TOLD = ("query", "seen", "also", "price", "beside")


def message_for(findings: Sequence[Finding]) -> str:
    """Return what a revision does, in a few words."""
    first = findings[0].fix
    verb = "add" if isinstance(first, AddIndex) else "drop"
    if len(findings) == 1:
        name = first.subject if isinstance(first, AddIndex) else findings[0].subject
        return f"{verb} index {name}"
    adds = sum(isinstance(finding.fix, AddIndex) for finding in findings)
    parts = [(adds, "add"), (len(findings) - adds, "drop")]
    told = [f"{verb} {n} index{'' if n == 1 else 'es'}" for n, verb in parts if n]
    return f"{' and '.join(told)} as proved"


def certificate(findings: Iterable[Finding], today: date) -> str:
    """Return query class, calls, price and proof of each finding, in lines for a docstring.

    Values of the log are not among it.
    """
    lines = [f"Proved by asa optimize on {today.isoformat()}:"]
    for finding in findings:
        lines += ["", finding.subject]
        for label, text in told(finding):
            lines += labelled(label, text)
    return "\n".join(lines)


def told(finding: Finding) -> Iterator[tuple[str, str]]:
    """Yield the evidence that stays worth knowing."""
    for label, text in finding.evidence:
        if label in TOLD:
            yield label, text
    if isinstance(finding.proof, Proved):
        yield "proof", finding.proof.how


def labelled(label: str, text: str) -> list[str]:
    """Return a text in lines of some width, the label before the first."""
    width = WIDTH - LABEL_WIDTH - 4
    rows = [row for line in text.splitlines() for row in wrap(line, width) or [""]]
    heads = [label, *("" for _ in rows[1:])]
    return [
        f"    {head:<{LABEL_WIDTH}}{row}".rstrip() for head, row in zip(heads, rows, strict=True)
    ]
