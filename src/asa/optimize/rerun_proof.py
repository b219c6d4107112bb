"""Put loader options to the proof: the recorded command again, unchanged and with the options."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from asa.capture.inject import Injection
from asa.model.event import Event, Notify, Stage, silent
from asa.model.finding import Finding, Proof, Proved, Refuted, Unproved
from asa.model.fix import LoaderOption, Rewrite
from asa.optimize.recording import Claim, Count, Recording, claim_of, is_of_parents, total
from asa.optimize.rerun import Failed, Run, rerun
from asa.report.counts import counted

__all__ = ["difference", "obstacle", "prove_by_rerun", "rerunnable", "seconds_for"]

RULES = ("n-plus-one", "row-by-row-write")
LEAST_SECONDS = 60.0
TIMES_LONGER = 5.0
STARS = "***"
INTERRUPTED = frozenset((129, 130, 137, 143))
"""Exit codes of what a person or a supervisor stopped: HUP, INT, KILL, TERM."""

MOST_RUNS = 20
"""Runs made to find the options that change the result, where some do."""


def rerunnable(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that a rerun can put to the proof."""
    return [finding for finding in findings if claim_of(finding) is not None]


def prove_by_rerun(
    recording: Recording, findings: Sequence[Finding], notify: Notify = silent
) -> list[Finding]:
    """Stamp each N+1 finding with what a rerun of the recorded command shows.

    The command runs at least twice and does each time what it does: unchanged, then with
    the options.

    Args:
        recording: The capture that the findings come from.
        findings: All of a judgement's; those of other rules stay as they are.
        notify: Told of each run.
    """
    claims = [claim for finding in findings if (claim := claim_of(finding)) is not None]
    reason = obstacle(recording)
    proofs: Sequence[Proof] = ()
    if claims and reason is not None:
        proofs = [Unproved(f"not rerun, {reason}")] * len(claims)
    elif claims:
        proofs = Trial(recording, notify).proofs(claims)
    stamps = {id(claim.finding): proof for claim, proof in zip(claims, proofs, strict=True)}
    return [stamped(finding, stamps.get(id(finding))) for finding in findings]


def obstacle(recording: Recording) -> str | None:
    """Return why a recorded command cannot be run again as it was; None where it can."""
    header, ended = recording.header, recording.end
    if any(STARS in word for word in header.command):
        return "the command held a password, which a capture does not keep"
    if not Path(header.directory).is_dir():
        return f"{header.directory} is gone"
    if ended is not None and ended.exit_code in INTERRUPTED:
        return "the command ran until it was stopped"
    return None


def seconds_for(recording: Recording) -> float:
    """Return how long a rerun may take."""
    end = recording.end
    took = 0.0 if end is None else end.ended_at - recording.header.started_at
    return max(LEAST_SECONDS, TIMES_LONGER * took)


def stamped(finding: Finding, proof: Proof | None) -> Finding:
    """Return a finding with its proof; what a rerun cannot show says why."""
    if proof is None:
        reason = unfit(finding)
        return finding if reason is None else replace(finding, proof=Unproved(reason))
    if isinstance(proof, Proved):
        # Measured now, so no longer predicted.
        evidence = tuple(pair for pair in finding.evidence if pair[0] != "queries")
        return replace(finding, proof=proof, evidence=evidence)
    return replace(finding, proof=proof)


def unfit(finding: Finding) -> str | None:
    """Return why a finding of these rules cannot be rerun; None for those of others."""
    if finding.rule not in RULES:
        return None
    if isinstance(finding.fix, LoaderOption):
        if finding.fix.at is None:
            return "not rerun, the line that loads the parents was not seen"
        return "not rerun, the refresh has to go as well"
    if isinstance(finding.fix, Rewrite):
        return "not rerun, the cure is no loader option"
    return None


@dataclass(slots=True)
class Trial:
    """The runs of one recorded command.

    Attributes:
        recording: As captured.
        notify: Told of each run.
        controls: Unchanged runs made so far.
        runs: How many of both kinds.
    """

    recording: Recording
    notify: Notify
    controls: list[Run] = field(default_factory=list)
    runs: int = 0

    def proofs(self, claims: list[Claim]) -> list[Proof]:
        """Return the proof of each claim."""
        control = self.run(claims, ())
        reason = control.reason if isinstance(control, Failed) else self.unlike(control)
        if reason is not None or isinstance(control, Failed):
            return [Unproved(reason or "")] * len(claims)
        self.controls.append(control)
        proofs: dict[int, Proof] = {}
        open_ = []
        for place, claim in enumerate(claims):
            if reason := self.unrepeated(claim, control):
                proofs[place] = Unproved(reason)
            else:
                open_.append((place, claim))
        if open_:
            together = [claim for _, claim in open_]
            for (place, _), proof in zip(open_, self.tried(claims, together), strict=True):
                proofs[place] = proof
        return [proofs[place] for place in range(len(claims))]

    def tried(self, claims: list[Claim], together: list[Claim]) -> list[Proof]:
        """Return the proof of each claim from a run with all options, by halves in doubt."""
        if self.runs >= MOST_RUNS:
            reason = "not rerun, too many of the options change the result"
            return [Unproved(reason)] * len(together)
        run = self.run(claims, together)
        whole = isinstance(run, Failed) or difference(self.controls[0], run) is not None
        if not whole or len(together) == 1:
            return [self.verdict(claim, run, claims) for claim in together]
        half = len(together) // 2
        return self.tried(claims, together[:half]) + self.tried(claims, together[half:])

    def run(self, claims: Sequence[Claim], added: Sequence[Claim]) -> Run | Failed:
        """Run the command with the options of some claims, watching the lines of all."""
        what = "unchanged" if not added else f"with {named(added)}"
        self.notify(Event(Stage.STARTED, "rerun", what))
        self.runs += 1
        injections = [
            Injection(*claim.place, claim.steps, active=claim in added) for claim in claims
        ]
        run = rerun(self.recording.header, injections, seconds_for(self.recording))
        self.notify(Event(Stage.DONE, "rerun", what))
        return run

    def unlike(self, control: Run) -> str | None:
        """Return how the unchanged run differs from the recording as a whole."""
        recorded = self.recording.end
        if recorded is not None and control.exit_code != recorded.exit_code:
            return (
                f"not repeatable, it ended with {recorded.exit_code} when recorded "
                f"and with {control.exit_code} now"
            )
        return None

    def unrepeated(self, claim: Claim, control: Run) -> str | None:
        """Return how a claim's queries differ between the recording and the unchanged run."""
        before = total(self.recording.worst(claim)).queries
        now = total(control.recording.worst(claim)).queries
        if before == now:
            return None
        return f"not repeatable, {before:,} queries when recorded and {now:,} now"

    def verdict(self, claim: Claim, run: Run | Failed, claims: list[Claim]) -> Proof:
        """Return what a run with the option of a claim shows."""
        if isinstance(run, Failed):
            return Unproved(f"not rerun, {run.reason}")
        control = self.controls[0]
        if not run.recording.options.get(claim.place):
            return Unproved("not rerun, the option could not be added to the statement")
        changed = difference(control, run)
        if changed is None and not claim.joined:
            changed = row_difference(control, run, claim)
        if changed is not None:
            return self.doubted(claim, changed, claims)
        if claim.joined:
            return Proved("rerun under raiseload: nothing reads it, same result")
        before, after = control.recording.whole(claim), run.recording.whole(claim)
        if after >= before:
            return Refuted(f"{before:,} queries stay {after:,} with the option")
        return proved(control, run, claim)

    def doubted(self, claim: Claim, changed: str, claims: list[Claim]) -> Proof:
        """Return what a changed result means: nothing where it changes by itself."""
        if len(self.controls) == 1:
            again = self.run(claims, ())
            if isinstance(again, Failed):
                return Unproved(f"not repeatable, {again.reason}")
            self.controls.append(again)
        first, second = self.controls
        alone = difference(first, second) or row_difference(first, second, claim)
        if alone is not None:
            return Unproved(f"not repeatable, without the option too {alone}")
        return Refuted(f"with the option {changed}")


def named(claims: Sequence[Claim]) -> str:
    """Return the options of claims in few words."""
    if len(claims) > 1:
        return f"{len(claims)} options"
    fix = claims[0].finding.fix
    return fix.option if isinstance(fix, LoaderOption) else ""


def difference(one: Run, other: Run) -> str | None:
    """Return what two runs did differently; a program that tests is judged by its tests."""
    if one.exit_code != other.exit_code:
        return f"the command ends with {other.exit_code}, not {one.exit_code}"
    if one.recording.outcomes or other.recording.outcomes:
        unlike = one.recording.outcomes ^ other.recording.outcomes
        tests = len({test for test, _, _ in unlike})
        return f"{counted(tests, 'test')} ended otherwise" if unlike else None
    return None if one.output == other.output else "the output differs"


def row_difference(one: Run, other: Run, claim: Claim) -> str | None:
    """Return how the rows differ that came back at a claim's line; more columns may come."""
    before = one.recording.origins.get(claim.place, [])
    after = other.recording.origins.get(claim.place, [])
    if len(before) != len(after):
        return f"its statement is sent {len(after):,} times, not {len(before):,}"
    names = {name for hashes in before if hashes for name, _ in hashes}
    return None if kept(before, names) == kept(after, names) else "other rows come back"


Hashes = tuple[tuple[str, str], ...] | None


def kept(executions: Iterable[Hashes], names: set[str]) -> list[Hashes]:
    """Return executions with some columns only, in an order that is no matter of timing."""
    reduced = [
        None if hashes is None else tuple(pair for pair in hashes if pair[0] in names)
        for hashes in executions
    ]
    return sorted(reduced, key=repr)


def proved(control: Run, run: Run, claim: Claim) -> Proved:
    """Return the proof in numbers, and by what the results were compared."""
    paths, fewer = control.recording.worst(claim), run.recording.worst(claim)
    before, after = total(paths), total(fewer)
    text = f"{before.queries:,} queries became {after.queries:,}"
    if before.total_ms and after.total_ms:
        text += f", {milliseconds(before)} became {milliseconds(after)}"
    return Proved(
        f"rerun with the option: {text}, same result ({compared(control, claim)})",
        (parts(paths),),
        (parts(fewer),),
    )


def milliseconds(count: Count) -> str:
    """Return a time in few digits."""
    digits = 0 if count.total_ms >= 10 else 1
    return f"{count.total_ms:,.{digits}f} ms"


def parts(paths: Mapping[tuple[str, ...], Count]) -> str:
    """Return what queries were sent for: the parents, and each step."""
    return ", ".join(
        f"{count.queries:,} for {'the parents' if is_of_parents(path) else path[-1]}"
        for path, count in sorted(
            paths.items(), key=lambda item: (not is_of_parents(item[0]), len(item[0]))
        )
    )


def compared(control: Run, claim: Claim) -> str:
    """Return by what two runs were found alike."""
    tests = len({test for test, _, _ in control.recording.outcomes})
    seen = counted(tests, "test") if tests else "output"
    rows = all(control.recording.origins.get(claim.place, [None]))
    return f"{seen}, rows" if rows else seen
