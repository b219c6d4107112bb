"""What git says of the directory that a command is captured in."""

import subprocess
from pathlib import Path

__all__ = ["git_revision", "is_exposed"]


def git(*arguments: str) -> str | None:
    """Return what git answers in the current directory; None where it fails or is not there."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def git_revision() -> str | None:
    """Return the commit checked out here, marked where files have changed since."""
    commit = git("rev-parse", "HEAD")
    if commit is None:
        return None
    changed = git("status", "--porcelain", "--untracked-files=no")
    return f"{commit}-dirty" if changed else commit


def is_exposed(file: Path) -> bool:
    """Tell whether git would add the file: in a work tree and not ignored."""
    inside = git("-C", str(file.absolute().parent), "rev-parse", "--is-inside-work-tree") == "true"
    return inside and git("check-ignore", "--quiet", str(file.absolute())) is None
