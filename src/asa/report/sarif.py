"""A judgement as SARIF 2.1.0, for code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import hashlib
import json
from collections.abc import Sequence

from asa import __version__
from asa.model.finding import Finding, Location, Severity
from asa.model.judgement import Judgement
from asa.model.rule import Rule
from asa.report.wording import fix_text, proof_text

__all__ = ["render"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

Form = dict[str, object]


def render(judgement: Judgement, rules: Sequence[Rule]) -> str:
    """Return the log of one run, indented, without a last line end."""
    driver = {
        "name": "asa",
        "version": __version__,
        "rules": [rule_form(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "results": [result(finding) for finding in judgement.findings],
        "columnKind": "unicodeCodePoints",
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def rule_form(rule: Rule) -> Form:
    """Return a rule with its page."""
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.page.strip().splitlines()[0]},
        "help": {"text": rule.page.strip()},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


def result(finding: Finding) -> Form:
    """Return a finding as a result; one without a file has its subject as a logical place."""
    form: Form = {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": message(finding)},
        "partialFingerprints": {"asa/v1": identity(finding)},
    }
    if finding.location:
        form["locations"] = [{"physicalLocation": physical(finding.location)}]
    else:
        form["locations"] = [{"logicalLocations": [{"fullyQualifiedName": finding.subject}]}]
    if finding.related:
        form["relatedLocations"] = [
            {"id": number, "physicalLocation": physical(location), "message": {"text": what}}
            for number, (what, location) in enumerate(finding.related, 1)
        ]
    return form


def physical(location: Location) -> Form:
    """Return a place in a file, relative to the root of the sources."""
    place: Form = {"artifactLocation": {"uri": location.file.replace("\\", "/")}}
    if location.line:
        place["region"] = {"startLine": location.line}
    return place


def message(finding: Finding) -> str:
    """Return what is wrong, what would mend it, and how far that was proved."""
    parts = [f"{finding.subject}: {finding.summary}" if finding.summary else finding.subject]
    parts += [f"{label}: {text}" for label, text in finding.evidence]
    if finding.fix:
        parts.append(f"fix: {fix_text(finding.fix)}")
    if finding.proof:
        parts.append(f"proof: {proof_text(finding.proof)}")
    return "\n".join(parts)


def identity(finding: Finding) -> str:
    """Return what stays the same when lines move: rule, subject and file."""
    file = finding.location.file if finding.location else ""
    text = f"{finding.rule}\0{finding.subject}\0{file}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
