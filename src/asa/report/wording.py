"""Fixes and proofs in words, the same in every format."""

from asa.model.finding import Proof, Proved, Refuted, Unproved
from asa.model.fix import AddIndex, DropIndex, Fix, LoaderOption, Rewrite

__all__ = ["fix_text", "proof_text"]


def fix_text(fix: Fix) -> str:
    """Return what to type and where; an index as the model's line and as its statement."""
    if isinstance(fix, LoaderOption | Rewrite) and fix.at:
        return f"{fix.text}   at {fix.at}"
    if isinstance(fix, AddIndex):
        return f"{fix.text}   in the model\n{fix.ddl}"
    if isinstance(fix, DropIndex):
        return f"{fix.name} out of the model\n{fix.ddl}"
    return fix.text


def proof_text(proof: Proof) -> str:
    """Return a proof in the words that every command uses."""
    match proof:
        case Proved(how=how):
            return f"proved, {how}"
        case Unproved(reason=reason):
            return f"unproved: {reason}"
        case Refuted(reason=reason):
            return f"refuted: {reason}"
