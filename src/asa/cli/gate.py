"""What decides whether a command that judges fails: severities, a baseline, comments."""

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from asa.errors import ExitCode
from asa.report.counts import counted
from asa.report.terminal.style import Symbol, answer, line

if TYPE_CHECKING:
    from asa.model.judgement import Judgement
    from asa.optimize.baseline import Entry

__all__ = ["FailFrom", "FailOn", "Gate", "exit_code", "gate_of", "tell_silenced"]


class FailOn(str, Enum):
    """The severity from which findings make the command fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


class FailFrom(str, Enum):
    """What makes `asa optimize` fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEW = "new"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Gate:
    """A judgement beside what the project says of it.

    Attributes:
        judgement: Without what comments silence and the baseline knows.
        silenced: How many findings comments silence.
        known: How many the baseline knows; None without a baseline.
        stale: Its entries that nothing was found for.
    """

    judgement: "Judgement"
    silenced: int = 0
    known: int | None = None
    stale: "tuple[Entry, ...]" = ()

    def exit_code(self, fail_from: FailFrom) -> ExitCode:
        """Return 1 where a finding is at or above what was asked for, or an entry is stale."""
        if self.stale and fail_from is not FailFrom.NEVER:
            return ExitCode.FINDINGS
        least = FailOn.WARNING if fail_from is FailFrom.NEW else FailOn[fail_from.name]
        return exit_code(self.judgement, least)

    def tell(self) -> None:
        """Say on stderr what was silenced or known, and which entries are stale."""
        tell_silenced(self.silenced)
        if self.known is None:
            return
        console = answer("stderr")
        for entry in self.stale:
            text = f"stale in the baseline: {entry.rule} {entry.subject}, {entry.file}"
            console.print(line(console, Symbol.CHANGE, Text(text)))
        new, before = len(self.judgement.findings), self.known + len(self.stale)
        text = (
            f"baseline: {counted(before, 'finding')} before, {self.known + new:,} now: "
            f"{new:,} new, {self.known:,} known, {len(self.stale):,} gone"
        )
        clean = Symbol.PROVED if not (new or self.stale) else Symbol.CHANGE
        console.print(line(console, clean, Text(text, style="bold"), indent=0))


def exit_code(judgement: "Judgement", fail_on: FailOn) -> ExitCode:
    """Return 1 where a finding is at or above the severity asked for."""
    from asa.model.finding import Severity

    if fail_on is FailOn.NEVER:
        return ExitCode.OK
    wanted = Severity[fail_on.name]
    return ExitCode.FINDINGS if judgement.at_least(wanted) else ExitCode.OK


def tell_silenced(number: int) -> None:
    """Say on stderr how many findings comments in the source silence."""
    if number:
        console = answer("stderr")
        text = f"{counted(number, 'finding')} silenced by comments in the source"
        console.print(line(console, Symbol.NOTE, Text(text, style="dim")))


def gate_of(judgement: "Judgement", root: Path, baseline: Path | None, write: Path | None) -> Gate:
    """Lay the comments of the source and a baseline over a judgement.

    Args:
        judgement: As judged.
        root: Directory that the files of findings are named relative to.
        baseline: The file of what is known.
        write: Where what is found now is to be written as the baseline.

    Raises:
        UsageError: A baseline cannot be read or written.
    """
    from asa.optimize.baseline import against, read_baseline, write_baseline
    from asa.project.exempted import without_exempted
    from asa.rules import query_rules

    today = datetime.now(tz=timezone.utc).date()
    ids = frozenset(rule.id for rule in query_rules())
    exempted = without_exempted(root, judgement.findings, today, ids)
    judgement = replace(judgement, findings=exempted.kept)
    if write is not None:
        number = write_baseline(write, judgement.findings)
        console = answer("stderr")
        text = f"{write} holds {counted(number, 'finding')}"
        console.print(line(console, Symbol.PROVED, Text(text)))
        baseline = write
    if baseline is None:
        return Gate(judgement, exempted.silenced)
    compared = against(judgement.findings, read_baseline(baseline))
    return Gate(
        replace(judgement, findings=compared.new),
        exempted.silenced,
        len(compared.known),
        compared.stale,
    )
