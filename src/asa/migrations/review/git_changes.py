"""Which revision files git says are new since another branch."""

import os
import subprocess
from pathlib import Path

from asa.errors import UsageError

__all__ = ["changed_since", "merge_base"]

USUAL = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


def git(root: Path, *words: str) -> str | None:
    """Return what a git command prints; None where it fails."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=root, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def no_repository(root: Path) -> UsageError:
    """Make the error for a directory of which git tells nothing."""
    try:
        said = subprocess.run(
            ["git", "rev-parse"],
            cwd=root,
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        ).stderr
    except OSError:
        return UsageError("there is no git here", "install git, or asa review --all")
    if "dubious ownership" in said:
        return UsageError(
            f"git refuses {root}: it belongs to another user",
            f"git config --global --add safe.directory {root}",
        )
    return UsageError(f"{root} is in no git repository", "asa review --all, or name revisions")


def merge_base(root: Path) -> str | None:
    """Return the commit at which this branch left the main one; None where that is unknown.

    On the main branch itself that is its last commit, so that only new files are judged.
    """
    for name in USUAL:
        if (found := git(root, "merge-base", "HEAD", name)) is not None:
            return found
    return None


def changed_since(root: Path, reference: str) -> frozenset[Path]:
    """Return the files added or changed since this branch left another, committed or not.

    Raises:
        UsageError: There is no git here, or it does not know the reference.
    """
    top = git(root, "rev-parse", "--show-toplevel")
    if top is None:
        raise no_repository(root)
    if git(root, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}") is None:
        shallow = git(root, "rev-parse", "--is-shallow-repository") == "true"
        raise UsageError(
            f"git knows no {reference} here" + (": this clone is shallow" if shallow else ""),
            "git fetch --unshallow   (in CI: fetch-depth: 0)"
            if shallow
            else f"git fetch origin, or correct {reference}",
        )
    base = git(root, "merge-base", "HEAD", reference)
    if base is None:
        raise UsageError(
            f"git finds no common commit with {reference}: this clone may be shallow",
            "git fetch --unshallow   (in CI: fetch-depth: 0)",
        )
    changed = git(root, "diff", "--name-only", "--diff-filter=d", "-z", base) or ""
    new = git(root, "ls-files", "--others", "--exclude-standard", "-z", "--full-name", top) or ""
    names = [name for name in f"{changed}\0{new}".split("\0") if name]
    return frozenset((Path(top) / name).resolve() for name in names)
