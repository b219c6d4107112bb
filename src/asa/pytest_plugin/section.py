"""What `pytest --asa` shows at the end of a run, in pytest's manner."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from asa.model.finding import Finding, Severity
from asa.report.counts import counted
from asa.report.wording import fix_text

if TYPE_CHECKING:
    from asa.pytest_plugin.suite import Suite

__all__ = ["Spent", "summarise"]

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


def summarise(reporter: pytest.TerminalReporter, suite: "Suite") -> None:
    """Write the section: findings, what keeps asa from judging, and the sum."""
    findings = suite.judgement.findings if suite.judgement else ()
    reporter.section("asa", "=")
    for finding in findings:
        head = f"{finding.rule}  {finding.subject}"
        reporter.write_line(head, bold=True, **{COLOURS[finding.severity]: True})
        for line in body(finding):
            reporter.write_line(f"    {line}")
    if suite.config.get_verbosity() > 0:
        for line in heaviest(suite):
            reporter.write_line(line)
    for one in suite.expired():
        reporter.write_line(
            f"ignore is past its day: {one.rule} in {one.test}, until {one.until}", red=True
        )
    if suite.trouble:
        reporter.write_line(f"not judged: {suite.trouble}", red=True)
    for line in summary(suite, findings):
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


def heaviest(suite: "Suite") -> Iterator[str]:
    """Yield the tests that sent the most queries."""
    order = sorted(suite.spent.items(), key=lambda item: (-item[1].queries, item[0]))
    for test, spent in order[:HEAVIEST]:
        if spent.queries:
            yield f"{spent.queries:6,} queries {spent.ms:8.1f} ms  {test}"


def summary(suite: "Suite", findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yield what was recorded and what came of it."""
    queries = sum(spent.queries for spent in suite.spent.values())
    tests = sum(spent.queries > 0 for spent in suite.spent.values())
    found = counted(len(findings), "finding") if findings else "nothing found"
    sent = f"{counted(queries, 'query', 'queries')} of {counted(tests, 'test')}"
    text = f"{found} in {sent}"
    if suite.fixtures.queries:
        text += f" (and {suite.fixtures.queries:,} of fixtures, not judged)"
    yield text
    output = suite.config.getoption("--asa-output")
    if output:
        yield f"capture in {output}   asa optimize {output}"
    if suite.failing():
        wanted = suite.config.getoption("--asa-fail-on")
        yield f"the run fails from {wanted} on   --asa-fail-on never shows only"
