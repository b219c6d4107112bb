"""Numbers in words, the same in every format."""

from collections.abc import Iterable

from asa.model.finding import Finding, Proved, Severity
from asa.model.judgement import Judgement, NotJudged

__all__ = ["counted", "grouped", "verdict"]

NAMES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 claim`, `1,284 claims`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def grouped(silences: Iterable[NotJudged]) -> list[tuple[str, list[NotJudged]]]:
    """Group silences by reason, the most frequent first."""
    groups: dict[str, list[NotJudged]] = {}
    for silence in silences:
        groups.setdefault(silence.reason, []).append(silence)
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def verdict(judgement: Judgement) -> str:
    """Return the summary: how many findings of which severity, and how many are proved."""
    if not judgement.findings:
        return ": ".join(["nothing found", *filter(None, [", ".join(judgement.judged)])])
    parts = [
        counted(number, name)
        for severity, name in NAMES.items()
        if (number := sum(f.severity is severity for f in judgement.findings))
    ]
    # A rule that proves nothing and claims no proof is not called unproved.
    claimed = any(finding.proof is not None for finding in judgement.findings)
    return ", ".join([*parts, proved(judgement.findings)] if claimed else parts)


def proved(findings: Iterable[Finding]) -> str:
    """Return how many findings were proved: `both proved`, `1 of 3 proved`."""
    shown = [isinstance(finding.proof, Proved) for finding in findings]
    if not any(shown):
        return "none proved"
    if not all(shown):
        return f"{sum(shown)} proved"
    return {1: "proved", 2: "both proved"}.get(len(shown), "all proved")
