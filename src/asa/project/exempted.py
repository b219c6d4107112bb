"""Comments in the program's source that silence findings, and those that silence nothing."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from asa.model.exemption import Exemption
from asa.model.finding import Finding, Location, Severity
from asa.project.exemption import exemptions_in

__all__ = ["Exempted", "without_exempted"]

VOID = "ignore-without-reason"


@dataclass(frozen=True, slots=True)
class Exempted:
    """Findings beside the comments of the source.

    Attributes:
        kept: That no comment silences, and one for each comment that is void.
        silenced: How many a comment silences.
    """

    kept: tuple[Finding, ...]
    silenced: int = 0


def without_exempted(
    root: Path, findings: Iterable[Finding], today: date, rules: Collection[str] = ()
) -> Exempted:
    """Leave out the findings that a comment at one of their lines silences.

    A comment that names one of `rules`, or none, is a finding itself where it gives no reason
    or its last day is past.

    Args:
        root: Directory that the files of findings are named relative to.
        findings: Of a judgement.
        today: To judge last days by.
        rules: Ids of those whose comments are judged; empty for none.
    """
    findings = list(findings)
    files = {place.file for finding in findings for place in places(finding)}
    comments = {file: read(root / file) for file in sorted(files)}
    kept = [f for f in findings if not silenced(f, comments, today)]
    void = [
        finding_of(file, comment, today)
        for file, held in comments.items()
        for comment in held
        if concerns(comment, rules) and (not comment.reason or comment.has_expired(today))
    ]
    return Exempted((*kept, *void), len(findings) - len(kept))


def places(finding: Finding) -> Iterator[Location]:
    """Yield the lines of a finding."""
    if finding.location is not None:
        yield finding.location
    for _, place in finding.related:
        yield place


def read(file: Path) -> tuple[Exemption, ...]:
    """Return the comments of a file; none where it cannot be read."""
    try:
        return exemptions_in(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return ()


def silenced(finding: Finding, comments: dict[str, tuple[Exemption, ...]], today: date) -> bool:
    """Tell whether a comment silences a finding at one of its lines."""
    return any(
        comment.covers(finding.rule, place.line) and not comment.has_expired(today)
        for place in places(finding)
        for comment in comments[place.file]
    )


def concerns(comment: Exemption, rules: Collection[str]) -> bool:
    """Tell whether a comment names one of some rules, or none at all."""
    return bool(rules) and (not comment.rules or any(rule in rules for rule in comment.rules))


def finding_of(file: str, comment: Exemption, today: date) -> Finding:
    """Return the finding for a comment that silences nothing."""
    why = (
        f"its last day was {comment.until}" if comment.has_expired(today) else "it gives no reason"
    )
    return Finding(
        VOID,
        Severity.ERROR,
        ", ".join(comment.rules) or "asa: ignore",
        why,
        location=Location(file, comment.line),
    )
