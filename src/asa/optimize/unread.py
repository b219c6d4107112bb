"""Find what is loaded eagerly and never read: the recorded command again, watched, then locked."""

from asa.model.event import Notify, silent
from asa.model.finding import Finding, Proved, Severity
from asa.model.fix import LoaderOption
from asa.model.workload import UnreadLoad
from asa.optimize.recording import Claim, Recording
from asa.optimize.rerun import Failed
from asa.optimize.rerun_proof import Trial, obstacle

__all__ = ["has_eager_loads", "unread_loads"]

LOCK = "raiseload"


def has_eager_loads(recording: Recording) -> bool:
    """Tell whether a rerun could show that something is loaded for nothing."""
    return bool(recording.eager) and obstacle(recording) is None


def unread_loads(recording: Recording, notify: Notify = silent) -> tuple[UnreadLoad, ...]:
    """Return what the recorded command loads eagerly and never reads, each one proved.

    The command runs once unchanged, while its reads are watched; where something is left
    unread, once more with all of that under `raiseload`.

    Args:
        recording: The capture.
        notify: Told of each run.
    """
    if not has_eager_loads(recording):
        return ()
    trial = Trial(recording, notify)
    claims = [claim_for(recording, place, path) for place, path in recording.eager]
    control = trial.run(claims, ())
    if isinstance(control, Failed) or trial.unlike(control) is not None:
        return ()
    trial.controls.append(control)
    reads = control.recording.reads
    unread = [
        claim for claim in claims if (*claim.place, claim.path[-1].rpartition(".")[2]) not in reads
    ]
    unread = [claim for claim in unread if not below(claim, unread)]
    proofs = trial.tried(unread, unread) if unread else []
    return tuple(
        unread_load(recording, claim, proof)
        for claim, proof in zip(unread, proofs, strict=True)
        if isinstance(proof, Proved)
    )


def claim_for(recording: Recording, place: tuple[str, int], path: tuple[str, ...]) -> Claim:
    """Return the claim that nothing reads what a line loads eagerly."""
    strategy, site, _ = recording.eager[place, path]
    steps = (*(("defaultload", step) for step in path[:-1]), (LOCK, path[-1]))
    option = ".".join(f"{loader}({step})" for loader, step in steps)
    fix = LoaderOption(option, site, (steps[0][0],), steps)
    finding = Finding("unused-eager-load", Severity.WARNING, path[-1], "", fix=fix)
    return Claim(finding, place, path, steps, joined=strategy == "joined")


def below(claim: Claim, others: list[Claim]) -> bool:
    """Tell whether a claim is about what another one takes away with its parents."""
    return any(
        claim.place == other.place
        and len(other.path) < len(claim.path)
        and claim.path[: len(other.path)] == other.path
        for other in others
    )


def unread_load(recording: Recording, claim: Claim, proof: Proved) -> UnreadLoad:
    """Return what is loaded for nothing, with its proof."""
    strategy, site, count = recording.eager[claim.place, claim.path]
    return UnreadLoad(claim.path, strategy, site, count.queries, count.total_ms, proof)
