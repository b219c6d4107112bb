"""Put rewritten loops to the proof: the recorded command again, with the edited source loaded."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from asa.model.event import Event, Notify, Stage, silent
from asa.model.finding import Finding, Proof, Proved, Refuted, Unproved
from asa.model.fix import Rewrite
from asa.model.mapping import MappedClass
from asa.optimize.recording import Recording
from asa.optimize.rerun import Failed, Run, rerun
from asa.optimize.rerun_proof import difference, obstacle, seconds_for
from asa.project.edit import NotEdited, edited

__all__ = ["prove_rewrites", "rewritable"]


def rewritable(finding: Finding) -> bool:
    """Tell whether a finding's fix is a rewrite that asa can write itself."""
    fix = finding.fix
    return isinstance(fix, Rewrite) and bool(fix.entity) and fix.at is not None


def prove_rewrites(
    recording: Recording,
    findings: Sequence[Finding],
    mapped: Sequence[MappedClass] = (),
    notify: Notify = silent,
) -> list[Finding]:
    """Stamp each finding that asa can rewrite with what a rerun of the edited source shows.

    The source on disk stays as it is: the rerun's processes load the edited one instead. The
    command runs once unchanged, then once for each rewrite.
    """
    sources = {id(f): rewritten(recording, f, mapped) for f in findings if rewritable(f)}
    if not sources:
        return list(findings)
    reason = obstacle(recording)
    control: Run | str
    control = f"not rerun, {reason}" if reason else unchanged(recording, notify)
    return [
        replace(f, proof=proof_of(recording, control, sources[id(f)], notify))
        if id(f) in sources
        else f
        for f in findings
    ]


def rewritten(
    recording: Recording, finding: Finding, mapped: Sequence[MappedClass]
) -> tuple[Path, str] | NotEdited:
    """Return a finding's file and its source with the rewrite."""
    fix = finding.fix
    if not isinstance(fix, Rewrite) or fix.at is None:
        return NotEdited("its place in the source is not certain")
    file = Path(recording.header.directory) / fix.at.file
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return NotEdited(f"{fix.at.file} cannot be read")
    lines = text.splitlines()
    if fix.at.line > len(lines) or lines[fix.at.line - 1].strip() != fix.at.text:
        return NotEdited(f"{fix.at} is not the line any more that was recorded")
    result = edited(text, fix, {one.name: one.module for one in mapped})
    return result if isinstance(result, NotEdited) else (file, result)


def unchanged(recording: Recording, notify: Notify) -> Run | str:
    """Run the command as it is; return why that shows nothing where it does not repeat."""
    run = ran(recording, {}, "unchanged", notify)
    if isinstance(run, Failed):
        return f"not rerun, {run.reason}"
    if recording.end is not None and run.exit_code != recording.end.exit_code:
        return "not repeatable, it ends otherwise than when it was recorded"
    if run.recording.calls != recording.calls:
        before, now = recording.calls, run.recording.calls
        return f"not repeatable, {before:,} queries when recorded and {now:,} now"
    return run


def ran(
    recording: Recording, sources: Mapping[str, str], what: str, notify: Notify
) -> Run | Failed:
    """Run the recorded command with other source for some files."""
    notify(Event(Stage.STARTED, "rerun", what))
    run = rerun(recording.header, (), seconds_for(recording), sources)
    notify(Event(Stage.DONE, "rerun", what))
    return run


def proof_of(
    recording: Recording,
    control: Run | str,
    source: tuple[Path, str] | NotEdited,
    notify: Notify,
) -> Proof:
    """Return what a run with an edited source shows."""
    if isinstance(control, str):
        return Unproved(control)
    if isinstance(source, NotEdited):
        return Unproved(f"not rerun, {source.reason}")
    file, text = source
    path = os.path.realpath(file)
    run = ran(recording, {path: text}, f"with {file.name} rewritten", notify)
    if isinstance(run, Failed):
        return Unproved(f"not rerun, {run.reason}")
    if path not in {os.path.realpath(one) for one in run.recording.substituted}:
        return Unproved("not rerun, Python runs the file itself and does not import it")
    changed = difference(control, run)
    if changed is not None:
        again = ran(recording, {}, "unchanged", notify)
        if isinstance(again, Failed) or (alone := difference(control, again)) is None:
            return Refuted(f"with the rewrite {changed}")
        return Unproved(f"not repeatable, without the rewrite too {alone}")
    before, after = control.recording.calls, run.recording.calls
    if after >= before:
        return Refuted(f"{before:,} queries stay {after:,} with the rewrite")
    how = f"rerun with the rewrite: {before:,} queries in all became {after:,}, same result"
    return Proved(how)
