"""What a command that judges hands to `report`: its findings, and what it kept silent on."""

from collections.abc import Iterable
from dataclasses import dataclass

from asa.model.finding import Finding, Severity

__all__ = ["Judgement", "NotJudged", "ranked"]


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A thing on which a rule keeps silent, and why; `reason` is a clause."""

    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """Findings and silences of one run.

    Attributes:
        findings: The weightiest first.
        judged: What was looked at, one clause each: `37 query classes`.
        refuted: Findings that the proof showed false.
        not_judged: Things that could not be judged here.
        not_planned: Query classes without a plan.
    """

    findings: tuple[Finding, ...] = ()
    judged: tuple[str, ...] = ()
    refuted: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    not_planned: tuple[NotJudged, ...] = ()

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of a severity and above."""
        return tuple(f for f in self.findings if f.severity >= severity)


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Order findings by time saved, then severity, both falling; stable beyond."""
    return tuple(sorted(findings, key=lambda f: (-f.weight, -f.severity)))
