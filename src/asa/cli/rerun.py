"""`asa optimize --prove`: ask whether the recorded command may run again, and let it."""

import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text

from asa.cli.progress import working
from asa.cli.question import answerable, confirm
from asa.errors import UsageError
from asa.report.terminal.style import Symbol, answer, command, line

if TYPE_CHECKING:
    from asa.model.event import Event
    from asa.optimize import Optimization
    from asa.optimize.recording import Recording

__all__ = ["proved", "rerunnable"]


def rerunnable(logs: list[str], *, yes: bool) -> "Recording":
    """Return the one capture that is named.

    Raises:
        LogError: It cannot be read.
        UsageError: It is no capture, several are named, or nobody can say yes.
    """
    from asa.optimize.recording import recording_of

    if len(logs) != 1:
        raise UsageError(
            f"--prove reruns one capture, and {len(logs) or 'no'} logs are named",
            f"asa optimize {shlex.quote(logs[0]) if logs else 'CAPTURE'} --prove",
        )
    recording = recording_of(logs[0])
    if not yes and not answerable():
        raise UsageError(
            f"nobody can answer here whether {shlex.join(recording.header.command)} may run again",
            "add --yes",
        )
    return recording


def proved(result: "Optimization", recording: "Recording", *, yes: bool) -> "Optimization":
    """Return the result with its N+1 findings put to the proof, where the user agrees."""
    from asa.model.case import Case
    from asa.model.finding import Refuted
    from asa.model.judgement import ranked
    from asa.optimize.rerun_proof import prove_by_rerun, rerunnable
    from asa.optimize.rewrite_proof import prove_rewrites, rewritable
    from asa.optimize.unread import has_eager_loads, unread_loads
    from asa.rules.query.unused_eager_load import check

    judgement = result.judgement
    waiting = [*rerunnable(judgement.findings), *filter(rewritable, judgement.findings)]
    if (waiting or has_eager_loads(recording)) and not agreed(recording, yes=yes):
        return result
    with working("rerun"):
        findings = prove_by_rerun(recording, judgement.findings, tell)
        findings = prove_rewrites(recording, findings, result.workload.mapped, tell)
        workload = replace(result.workload, unread=unread_loads(recording, tell))
    findings += check(Case(workload))
    refuted = tuple(f for f in findings if isinstance(f.proof, Refuted))
    kept = ranked(f for f in findings if not isinstance(f.proof, Refuted))
    return replace(
        result,
        judgement=replace(judgement, findings=kept, refuted=(*judgement.refuted, *refuted)),
    )


def agreed(recording: "Recording", *, yes: bool) -> bool:
    """Show the command and where it runs; ask, unless the user has said yes."""
    console = answer("stderr")
    header = recording.header
    console.print(Text("rerun  ", style="dim").append_text(command(shlex.join(header.command))))
    where = f"       in {header.directory}, twice or more, with all that it does each time"
    console.print(Text(where, style="dim"))
    return yes or confirm("run it?", flag="--yes")


def tell(event: "Event") -> None:
    """Say on stderr which run is under way, and with what."""
    from asa.model.event import Stage

    if event.stage is Stage.STARTED and sys.stderr is not None:
        console = answer("stderr")
        console.print(line(console, Symbol.NOTE, Text(f"rerun {event.text}", style="dim")))
