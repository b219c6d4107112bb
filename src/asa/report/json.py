"""A judgement as one JSON document, for programs; `findings.schema.json` describes it.

`version` rises when a field changes its meaning or goes; new fields may come at any time.
"""

import json
from dataclasses import asdict

from asa.model.finding import Finding, Location, Proof, Proved, Refuted, Unproved
from asa.model.fix import AddIndex, Fix
from asa.model.judgement import Judgement

__all__ = ["render"]

VERSION = 1
KINDS = {
    "LoaderOption": "loader-option",
    "Rewrite": "rewrite",
    "AddArgument": "add-argument",
    "AddIndex": "add-index",
    "DropIndex": "drop-index",
}


def render(judgement: Judgement) -> str:
    """Return the document, indented, without a last line end."""
    document = {
        "version": VERSION,
        "judged": list(judgement.judged),
        "findings": [finding_form(finding) for finding in judgement.findings],
        "refuted": [finding_form(finding) for finding in judgement.refuted],
        "not_judged": [asdict(silence) for silence in judgement.not_judged],
        "not_planned": [asdict(silence) for silence in judgement.not_planned],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def finding_form(finding: Finding) -> dict[str, object]:
    """Return one finding as plain data."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.name.lower(),
        "subject": finding.subject,
        "summary": finding.summary,
        "evidence": [{"label": label, "text": text} for label, text in finding.evidence],
        "location": location_form(finding.location),
        "related": [
            {"what": what, "location": location_form(location)}
            for what, location in finding.related
        ],
        "fix": fix_form(finding.fix),
        "proof": proof_form(finding.proof),
        "saves_ms": round(finding.weight, 3),
        "queries": list(finding.fingerprints),
    }


def location_form(location: Location | None) -> dict[str, object] | None:
    """Return a place in a file."""
    return None if location is None else {"file": location.file, "line": location.line or None}


def fix_form(fix: Fix | None) -> dict[str, object] | None:
    """Return a fix: its kind, the text to type, and what it is made of."""
    if fix is None:
        return None
    form = {"kind": KINDS[type(fix).__name__], "text": fix.text, **asdict(fix)}
    if at := form.get("at"):
        # What capture knows of the line beside its place is no part of the document.
        form["at"] = {name: at[name] for name in ("file", "line", "function", "text")}
    return {**form, "columns": fix.columns} if isinstance(fix, AddIndex) else form


def proof_form(proof: Proof | None) -> dict[str, object] | None:
    """Return a proof with its status first."""
    match proof:
        case None:
            return None
        case Proved(how, before, after):
            return {"status": "proved", "how": how, "before": before, "after": after}
        case Unproved(reason):
            return {"status": "unproved", "reason": reason}
        case Refuted(reason):
            return {"status": "refuted", "reason": reason}
