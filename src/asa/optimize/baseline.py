"""Findings that a project knows of and lives with, kept in a file beside its source.

An entry names rule, subject, file and function, and no line: so it stays while the code around
it moves. One that nothing finds any more is stale, and has to go: else it would let the fault
back in.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from asa.atomic_file import replacing
from asa.errors import UsageError
from asa.model.finding import Finding

__all__ = ["Compared", "Entry", "against", "entry_of", "read_baseline", "write_baseline"]

VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """What a finding is known by."""

    rule: str
    subject: str
    file: str = ""
    function: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """Findings beside a baseline.

    Attributes:
        new: That it does not know.
        known: That it knows.
        stale: Entries that nothing was found for.
    """

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    stale: tuple[Entry, ...]


def entry_of(finding: Finding) -> Entry:
    """Return what a finding is known by."""
    place = finding.location
    if place is None:
        return Entry(finding.rule, finding.subject)
    return Entry(finding.rule, finding.subject, place.file.replace("\\", "/"), place.function)


def against(findings: Iterable[Finding], baseline: Iterable[Entry]) -> Compared:
    """Compare findings with a baseline."""
    entries = frozenset(baseline)
    found = [(entry_of(finding), finding) for finding in findings]
    return Compared(
        tuple(finding for entry, finding in found if entry not in entries),
        tuple(finding for entry, finding in found if entry in entries),
        tuple(sorted(entries - {entry for entry, _ in found})),
    )


def read_baseline(file: Path) -> tuple[Entry, ...]:
    """Read a baseline.

    Raises:
        UsageError: It cannot be read, or is none.
    """
    try:
        form = json.loads(file.read_text(encoding="utf-8"))
        if form["version"] > VERSION:
            raise UsageError(
                f"{file} was written by a later asa", "pip install --upgrade asa-toolkit"
            )
        return tuple(Entry(**entry) for entry in form["findings"])
    except OSError as error:
        raise UsageError(
            f"cannot read {file}: {error.strerror}", f"--write-baseline {file} makes one"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{file} is no baseline", f"--write-baseline {file} makes one") from None


def write_baseline(file: Path, findings: Iterable[Finding]) -> int:
    """Write what is found now as the baseline; return the number of its entries.

    Raises:
        UsageError: It cannot be written.
    """
    entries = sorted({entry_of(finding) for finding in findings})
    form = {"version": VERSION, "findings": [asdict(entry) for entry in entries]}
    text = json.dumps(form, indent=2, ensure_ascii=False) + "\n"
    try:
        with replacing(file, file.stat().st_mode if file.exists() else 0o644) as beside:
            beside.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None
    return len(entries)
