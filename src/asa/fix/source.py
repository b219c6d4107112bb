"""Fixes written into the project's source: worked out as whole files, then put in place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from asa.atomic_file import replacing
from asa.errors import UsageError
from asa.model.finding import Finding, Proved
from asa.model.fix import Rewrite, SourceFix
from asa.model.mapping import MappedClass
from asa.project.edit import NotEdited, edited

__all__ = ["NotApplied", "SourceEdit", "fixes_of", "put_in_place", "worked_out"]


@dataclass(frozen=True, slots=True)
class SourceEdit:
    """One file with the fixes of some findings.

    Attributes:
        file: Where it is.
        name: The same, as call sites name it.
        before: Its source.
        after: Its source with all of the fixes.
        findings: That it mends.
    """

    file: Path
    name: str
    before: str
    after: str
    findings: tuple[Finding, ...]

    @property
    def diff(self) -> str:
        """The change, as `diff -u` shows it."""
        lines = unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            f"a/{self.name}",
            f"b/{self.name}",
        )
        return "".join(lines)


@dataclass(frozen=True, slots=True)
class NotApplied:
    """A finding whose fix has to be written by hand; `reason` is a clause."""

    finding: Finding
    reason: str


def worked_out(
    findings: Iterable[Finding], root: Path, mapped: Sequence[MappedClass] = ()
) -> tuple[tuple[SourceEdit, ...], tuple[NotApplied, ...]]:
    """Work out the source with the fixes of findings; nothing is written.

    Fixes of one file are written from its end to its beginning, so that the lines of the
    others stay.

    Args:
        findings: Of a judgement.
        root: Directory that call sites are named relative to.
        mapped: Classes of the program, to import those that a fix names.
    """
    modules = {one.name: one.module for one in mapped}
    by_file: dict[str, list[Finding]] = {}
    left: list[NotApplied] = []
    for finding in findings:
        fix = finding.fix
        if not isinstance(fix, SourceFix):
            continue
        if fix.at is None or (isinstance(fix, Rewrite) and not fix.entity):
            left.append(NotApplied(finding, "it has to be written by hand"))
        elif not within(root, fix.at.file):
            left.append(NotApplied(finding, f"{fix.at.file} is not below {root}"))
        else:
            by_file.setdefault(fix.at.file, []).append(finding)
    edits = []
    for name, ones in by_file.items():
        edit, refused = of_file(root, name, ones, modules)
        left += refused
        if edit is not None:
            edits.append(edit)
    return tuple(edits), tuple(left)


def within(root: Path, file: str) -> bool:
    """Tell whether a file is below a directory."""
    return (root / file).resolve().is_relative_to(root.resolve())


def of_file(
    root: Path, name: str, findings: Sequence[Finding], modules: dict[str, str]
) -> tuple[SourceEdit | None, list[NotApplied]]:
    """Work out one file."""
    file = root / name
    try:
        with file.open(encoding="utf-8", newline="") as source:
            before = source.read()
    except (OSError, UnicodeDecodeError):
        return None, [NotApplied(finding, f"{file} cannot be read") for finding in findings]
    after, done, left = before, [], []
    for finding in sorted(findings, key=line_of, reverse=True):
        fix = finding.fix
        assert isinstance(fix, SourceFix)  # noqa: S101  (worked_out chose it)
        if fix.at is not None and changed(before, fix.at.line, fix.at.text):
            left.append(NotApplied(finding, f"{fix.at} is not the line any more that was recorded"))
            continue
        result = edited(after, fix, modules)
        if isinstance(result, NotEdited):
            left.append(NotApplied(finding, result.reason))
        else:
            after = result
            done.append(finding)
    return (SourceEdit(file, name, before, after, tuple(done)) if done else None), left


def line_of(finding: Finding) -> int:
    """Return the line of a finding's fix."""
    fix = finding.fix
    return fix.at.line if isinstance(fix, SourceFix) and fix.at else 0


def changed(source: str, line: int, text: str) -> bool:
    """Tell whether a line has another text than it had."""
    lines = source.splitlines()
    return bool(text) and (line > len(lines) or lines[line - 1].strip() != text)


def fixes_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings whose fix belongs at a line of the source, those proved first."""
    found = [f for f in findings if isinstance(f.fix, SourceFix) and f.fix.at]
    return sorted(found, key=lambda finding: not isinstance(finding.proof, Proved))


def put_in_place(edit: SourceEdit) -> None:
    """Write a file beside its place and move it there.

    Raises:
        UsageError: It was changed meanwhile, or cannot be written.
    """
    file = edit.file.resolve()
    try:
        with file.open(encoding="utf-8", newline="") as source:
            if source.read() != edit.before:
                raise UsageError(f"{edit.file} was changed meanwhile", "run the command again")
        with replacing(file, file.stat().st_mode) as beside:
            beside.write_bytes(edit.after.encode())
    except OSError as error:
        raise UsageError(f"cannot write {edit.file}: {error.strerror}") from None
