"""A judgement as GitHub workflow commands, which annotate the lines of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from asa.model.finding import Finding, Severity
from asa.model.judgement import Judgement
from asa.report.counts import verdict
from asa.report.wording import fix_text, proof_text

__all__ = ["render"]

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(judgement: Judgement) -> str:
    """Return a command for each finding, then one plain line with the sum."""
    return "\n".join([*map(command, judgement.findings), f"asa: {verdict(judgement)}"])


def command(finding: Finding) -> str:
    """Return the command that annotates one finding."""
    properties = []
    if finding.location:
        properties.append(f"file={property_text(finding.location.file)}")
        if finding.location.line:
            properties.append(f"line={finding.location.line}")
    properties.append(f"title={property_text(f'{finding.rule} {finding.subject}')}")
    return f"::{COMMANDS[finding.severity]} {','.join(properties)}::{data(message(finding))}"


def message(finding: Finding) -> str:
    """Return the annotation's text."""
    parts = [finding.summary] if finding.summary else []
    parts += [f"{label}: {text}" for label, text in finding.evidence]
    if finding.fix:
        parts.append(f"fix: {fix_text(finding.fix)}")
    if finding.proof:
        parts.append(f"proof: {proof_text(finding.proof)}")
    return "\n".join(parts)


def data(text: str) -> str:
    """Return text escaped as a command's data."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def property_text(text: str) -> str:
    """Return text escaped as a command's property."""
    return data(text).replace(":", "%3A").replace(",", "%2C")
