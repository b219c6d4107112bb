"""Findings about locks, proved or refuted by what was watched on a scratch database."""

from collections.abc import Iterable
from dataclasses import replace

from asa.migrations.proof.trace import Trace, Watched
from asa.migrations.review.review import Review, Reviewed
from asa.model.finding import Finding, Proof, Proved, Refuted, Unproved
from asa.model.server import Server

__all__ = ["with_traces"]

LOCKING = frozenset(
    (
        "check-validation",
        "exclusion-constraint",
        "foreign-key-validation",
        "index-blocks-writes",
        "index-drop-locks",
        "set-not-null",
        "table-lock",
        "unique-constraint",
        "validate-at-once",
    )
)
REWRITING = frozenset(("generated-column", "serial-column", "type-rewrite", "volatile-default"))
SEVERAL = "locked-tables"


def with_traces(review: Review, server: Server, traces: Iterable[Trace]) -> Review:
    """Return a review whose findings about locks carry what was watched; refuted ones dropped.

    Args:
        review: The review of the same revisions.
        server: What they ran on.
        traces: What they did.
    """
    by_revision = {trace.revision: trace.statements for trace in traces}
    how = f"watched on scratch {server}"
    revisions: list[Reviewed] = []
    refuted: list[Finding] = []
    for one in review.revisions:
        stamped = [
            stamp(finding, by_revision.get(one.revision.id, ()), how) for finding in one.findings
        ]
        refuted += [finding for finding in stamped if isinstance(finding.proof, Refuted)]
        kept = tuple(f for f in stamped if not isinstance(f.proof, Refuted))
        revisions.append(replace(one, findings=kept))
    findings = tuple(finding for one in revisions for finding in one.findings)
    judgement = replace(review.judgement, findings=findings, refuted=tuple(refuted))
    return replace(review, judgement=judgement, revisions=tuple(revisions))


def stamp(finding: Finding, statements: tuple[Watched, ...], how: str) -> Finding:
    """Return a finding with its proof, where what was watched can tell."""
    proof = proof_of(finding, statements, how)
    return finding if proof is None else replace(finding, proof=proof)


def proof_of(finding: Finding, statements: tuple[Watched, ...], how: str) -> Proof | None:
    """Return what was watched at a finding's line; None where the rule is about something else."""
    line = finding.location.line if finding.location else 0
    here = [statement for statement in statements if statement.line == line]
    if finding.rule not in LOCKING | REWRITING and finding.rule != SEVERAL:
        return None
    if not here:
        return Unproved("nothing was sent from there")
    if finding.rule in REWRITING:
        tables = sorted({table for statement in here for table in statement.rewritten})
        if not tables:
            return Refuted(f"{how}: no table was written anew")
        return Proved(f"{how}: {', '.join(tables)} written anew")
    locks = sorted({lock for one in here for lock in one.held if lock.blocks_writes})
    if len({lock.table for lock in locks}) < (2 if finding.rule == SEVERAL else 1):
        return Unproved(f"{how}: no such lock was seen")
    return Proved(f"{how}: lock taken", after=tuple(f"{one.table} {one.mode}" for one in locks))
