"""What decides whether `asa optimize` fails: severities, a baseline, comments in the source."""

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

__all__ = ["FailFrom", "Gate", "gate_of"]


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
        from asa.model.finding import Severity

        if fail_from is FailFrom.NEVER:
            return ExitCode.OK
        wanted = Severity.WARNING if fail_from is FailFrom.NEW else Severity[fail_from.name]
        failed = self.stale or self.judgement.at_least(wanted)
        return ExitCode.FINDINGS if failed else ExitCode.OK

    def tell(self) -> None:
        """Say on stderr what was silenced or known, and which entries are stale."""
        console = answer("stderr")
        if self.silenced:
            text = f"{counted(self.silenced, 'finding')} silenced by comments in the source"
            console.print(line(console, Symbol.NOTE, Text(text, style="dim")))
        if self.known is None:
            return
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
    from asa.optimize.exempted import without_exempted

    today = datetime.now(tz=timezone.utc).date()
    exempted = without_exempted(root, judgement.findings, today)
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
