"""How model rules put findings together."""

from asa.model.finding import Finding, Location, Severity
from asa.model.fix import Fix, Rewrite
from asa.model.record import CallSite

__all__ = ["found", "site"]


def found(
    rule: str,
    severity: Severity,
    subject: str,
    location: Location | None,
    *,
    does: str = "",
    why: str,
    fix: str | Fix = "",
) -> Finding:
    """Return a finding about a part of the models or a line of code.

    Args:
        rule: The rule's id.
        severity: How much it matters here.
        subject: The thing judged: `User.email`.
        location: Where it is written, where known.
        does: What is so, in few words; empty where the subject says it.
        why: What comes of it.
        fix: Code to write instead, or an edit that asa can make.
    """
    evidence = [("does", does)] if does else []
    return Finding(
        rule,
        severity,
        subject,
        evidence=(*evidence, ("why", why)),
        location=location,
        fix=Rewrite(fix) if isinstance(fix, str) and fix else fix or None,
    )


def site(location: Location) -> CallSite:
    """Return a place in the source as fixes name it."""
    return CallSite(location.file, location.line, "", "")
