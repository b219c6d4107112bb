"""Logs of replayed histories, kept for the next time under a hash of all that made them.

They lie in the user's own cache directory, which nobody else may enter.
"""

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import alembic
import sqlalchemy
from alembic.script import ScriptDirectory

import asa

__all__ = ["Cache", "key_of"]

KEPT = 40
SUFFIX = ".replay.json"


def key_of(script: ScriptDirectory, without: Collection[str], *facts: str) -> str:
    """Return the hash of a directory of revisions and of whatever else decides its outcome.

    Every file below the directory counts, the SQL and CSV that revisions read included.

    Args:
        script: The directory.
        without: Paths of files that do not count.
        facts: What else decides.
    """
    digest = hashlib.sha256()
    own = (asa.__version__, alembic.__version__, sqlalchemy.__version__, sys.version)
    for fact in (*own, *facts):
        digest.update(fact.encode() + b"\0")
    places = {Path(script.dir), *(Path(place) for place in script._version_locations)}
    files = {file for place in places for file in place.rglob("*") if file.is_file()}
    for file in sorted(files):
        left_out = "__pycache__" in file.parts or file.name.startswith(".")
        if not left_out and str(file) not in without:
            digest.update(str(file).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


class Cache:
    """The directory of kept logs."""

    def __init__(self) -> None:
        self.directory = cache_directory()

    def read(self, key: str) -> str | None:
        """Return a kept log; None where there is none."""
        if not self.private():
            return None
        try:
            return (self.directory / f"{key}{SUFFIX}").read_text(encoding="utf-8")
        except OSError:
            return None

    def write(self, key: str, text: str) -> None:
        """Keep a log; where that is not possible, the next time is slower."""
        target = self.directory / f"{key}{SUFFIX}"
        beside = target.with_suffix(f".{os.getpid()}.part")
        with suppress(OSError):
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.private():
                return
            with os.fdopen(os.open(beside, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
                file.write(text)
            beside.replace(target)
            self.prune()

    def forget(self, key: str) -> None:
        """Remove a log that did not serve."""
        with suppress(OSError):
            (self.directory / f"{key}{SUFFIX}").unlink()

    def private(self) -> bool:
        """Tell whether the directory is the user's, and nobody else may write there."""
        try:
            status = self.directory.stat()
        except OSError:
            return False
        if not hasattr(os, "getuid"):
            return True
        return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)

    def prune(self) -> None:
        """Keep the logs that were made last."""
        logs = sorted(self.directory.glob(f"*{SUFFIX}"), key=lambda file: file.stat().st_mtime)
        for file in logs[:-KEPT]:
            file.unlink(missing_ok=True)


def cache_directory() -> Path:
    """Return the user's cache directory for replays, as the platform has it."""
    chosen = os.environ.get("XDG_CACHE_HOME")
    if chosen:
        return Path(chosen) / "asa" / "replays"
    try:
        home = Path.home()
    except RuntimeError:  # a user without an entry, as containers have them
        return Path(tempfile.gettempdir()) / f"asa-replays-{os.getuid()}"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "asa" / "replays"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home)) / "asa" / "replays"
    return home / ".cache" / "asa" / "replays"
