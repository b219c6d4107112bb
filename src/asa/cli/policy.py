"""The project's say on rules, laid over what a command judged."""

import difflib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from asa.config import Policy
from asa.errors import ConfigurationError
from asa.model.finding import Finding, Severity
from asa.model.judgement import Judgement
from asa.rules import RULES, rule_named

if TYPE_CHECKING:
    from asa.migrations.review.review import Review

__all__ = ["review_under_policy", "under_policy"]


def under_policy(judgement: Judgement, policy: Policy) -> Judgement:
    """Return a judgement without what the settings leave out, and as grave as they say.

    Raises:
        ConfigurationError: They name a rule or family that there is not.
    """
    check_names(policy)
    return replace(
        judgement,
        findings=tuple(kept(judgement.findings, policy)),
        refuted=tuple(kept(judgement.refuted, policy)),
    )


def review_under_policy(review: "Review", policy: Policy) -> "Review":
    """Return a review without what the settings leave out, and as grave as they say.

    Raises:
        ConfigurationError: They name a rule or family that there is not.
    """
    return replace(
        review,
        judgement=under_policy(review.judgement, policy),
        revisions=tuple(
            replace(one, findings=tuple(kept(one.findings, policy))) for one in review.revisions
        ),
    )


def check_names(policy: Policy) -> None:
    """See that every name is a rule or a family."""
    known = {rule.id for rule in RULES} | {rule.family for rule in RULES}
    for name in policy.names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise ConfigurationError(
                f'{policy.origin} names a rule "{name}" that there is not',
                f'did you mean "{near[0]}"?' if near else "asa rules lists them",
            )


def kept(findings: Iterable[Finding], policy: Policy) -> Iterable[Finding]:
    """Yield the findings that the settings let through."""
    for finding in findings:
        rule = rule_named(finding.rule)
        file = finding.location.file if finding.location else None
        if not policy.judges(finding.rule, rule.family if rule else "", file):
            continue
        severity = policy.severity_of(finding.rule)
        yield replace(finding, severity=Severity[severity.upper()]) if severity else finding
