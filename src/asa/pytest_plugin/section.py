"""What `pytest --asa` shows at the end of a run, in pytest's manner."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from asa.model.finding import Finding, Severity
from asa.pytest_plugin.marks import Ignored
from asa.report.counts import counted
from asa.report.wording import fix_text

__all__ = ["Run", "Spent", "summarise"]

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
HEAVIEST = 5
SHOWN = ("load", "touch", "query", "queries", "one", "other")


@dataclass(slots=True)
class Spent:
    """Queries and their time, in milliseconds."""

    queries: int = 0
    ms: float = 0.0

    def add(self, queries: int, ms: float) -> None:
        """Add some more."""
        self.queries += queries
        self.ms += ms


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of tests came to.

    Attributes:
        findings: What was found.
        failing: How many of them let the run fail.
        expired: The ignores whose last day is past.
        trouble: Why nothing was judged; None where it was.
        spent: What the call phase of each test sent.
        fixtures: What fixtures sent.
    """

    findings: Sequence[Finding]
    failing: int
    expired: Sequence[Ignored]
    trouble: str | None
    spent: Mapping[str, Spent]
    fixtures: Spent


def summarise(reporter: pytest.TerminalReporter, run: Run) -> None:
    """Write the section: findings, what keeps asa from judging, and the sum."""
    reporter.section("asa", "=")
    for finding in run.findings:
        head = f"{finding.rule}  {finding.subject}"
        reporter.write_line(head, bold=True, **{COLOURS[finding.severity]: True})
        for line in body(finding):
            reporter.write_line(f"    {line}")
    if reporter.config.get_verbosity() > 0:
        for line in heaviest(run.spent):
            reporter.write_line(line)
    for one in run.expired:
        reporter.write_line(
            f"ignore is past its day: {one.rule} in {one.test}, until {one.until}", red=True
        )
    if run.trouble:
        reporter.write_line(f"not judged: {run.trouble}", red=True)
    for line in summary(run, reporter.config):
        reporter.write_line(line)


def body(finding: Finding) -> Iterator[str]:
    """Yield a finding's lines, each under its label."""
    if finding.summary:
        yield f"{'in':<8}{finding.summary}"
    for label, text in finding.evidence:
        for number, part in enumerate(text.splitlines()):
            yield f"{label if number == 0 else '':<8}{part}"
    if finding.fix is not None:
        for number, part in enumerate(fix_text(finding.fix).splitlines()):
            yield f"{'fix' if number == 0 else '':<8}{part}"


def heaviest(spent_by: Mapping[str, Spent]) -> Iterator[str]:
    """Yield the tests that sent the most queries."""
    order = sorted(spent_by.items(), key=lambda item: (-item[1].queries, item[0]))
    for test, spent in order[:HEAVIEST]:
        if spent.queries:
            yield f"{spent.queries:6,} queries {spent.ms:8.1f} ms  {test}"


def summary(run: Run, config: pytest.Config) -> Iterator[str]:
    """Yield what was recorded and what came of it."""
    queries = sum(spent.queries for spent in run.spent.values())
    tests = sum(spent.queries > 0 for spent in run.spent.values())
    found = counted(len(run.findings), "finding") if run.findings else "nothing found"
    sent = f"{counted(queries, 'query', 'queries')} of {counted(tests, 'test')}"
    text = f"{found} in {sent}"
    if run.fixtures.queries:
        text += f" (and {run.fixtures.queries:,} of fixtures, not judged)"
    yield text
    output = config.getoption("--asa-output")
    if output:
        yield f"capture in {output}   asa optimize {output}"
    if run.failing:
        wanted = config.getoption("--asa-fail-on")
        yield f"the run fails from {wanted} on   --asa-fail-on never shows only"
