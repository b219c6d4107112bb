"""A judgement as Markdown, for a pull request's comment or a job's summary."""

import re
from collections.abc import Iterator

from asa.model.finding import Finding, Proved, Severity
from asa.model.judgement import Judgement
from asa.report.counts import verdict
from asa.report.wording import fix_text, proof_text

__all__ = ["render"]

MARKS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "·"}


def render(judgement: Judgement) -> str:
    """Return a section for each finding, then what was not judged, without a last line end."""
    lines = [f"**asa: {verdict(judgement)}**"]
    for finding in judgement.findings:
        lines += ["", *section(finding)]
    silences = [*judgement.not_planned, *judgement.not_judged]
    if silences:
        lines += ["", "<details><summary>not judged</summary>", ""]
        lines += [f"- {code(silence.subject)} {silence.reason}" for silence in silences]
        lines += ["", "</details>"]
    return "\n".join(lines)


def section(finding: Finding) -> Iterator[str]:
    """Yield one finding: heading, evidence, fix and proof."""
    yield f"### {MARKS[finding.severity]} {finding.rule} {code(finding.subject)}"
    if finding.summary:
        yield ""
        yield finding.summary
    yield ""
    for label, text in finding.evidence:
        yield from item(label, text)
    if isinstance(finding.proof, Proved):
        yield from item("before", "\n".join(finding.proof.before))
        yield from item("after", "\n".join(finding.proof.after))
    if finding.fix:
        yield from item("fix", fix_text(finding.fix))
    if finding.proof:
        yield f"- **proof** {proof_text(finding.proof)}"


def item(label: str, text: str) -> Iterator[str]:
    """Yield one list item; a text of several lines becomes a block."""
    if not text:
        return
    if "\n" not in text:
        yield f"- **{label}** {code(text)}"
        return
    fence = "`" * max(3, longest_run(text) + 1)
    yield f"- **{label}**"
    yield f"  {fence}"
    yield from (f"  {line}" for line in text.splitlines())
    yield f"  {fence}"


def code(text: str) -> str:
    """Return text as a code span, with a fence longer than any run of backticks in it."""
    fence = "`" * (longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def longest_run(text: str) -> int:
    """Return the length of the longest run of backticks."""
    return max((len(run) for run in re.findall("`+", text)), default=0)
