"""A database server's programs on this machine, found and asked for their version."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from asa.model.server import Server
from asa.scratch.account import Account
from asa.scratch.supervision import environment

__all__ = ["Installation", "UnusableError", "probed", "programs_in", "programs_on_path"]

VERSION = re.compile(r"(?:\(PostgreSQL\)|Ver)\s+(\d+(?:\.\d+)*)")
PROBE_S = 10.0


@dataclass(frozen=True, slots=True)
class Installation:
    """One server program with the tree it belongs to.

    Attributes:
        program: `postgres`, `mariadbd` or `mysqld`.
        root: Directory below which everything it needs lies.
        parts: What of the root makes a working copy; empty where it cannot be moved.
        libraries: Directories of shared libraries that the loader does not know.
        quiet: Arguments that keep it from reading the machine's own settings.
        bundled: Whether it came with a Python package: it serves where none is installed.
        about: Family, make and version; set once probed.
        copied: Whether it runs from a copy: its account cannot reach it, or it is confined.
    """

    program: Path
    root: Path
    parts: tuple[str, ...] = ()
    libraries: tuple[Path, ...] = ()
    quiet: tuple[str, ...] = ()
    bundled: bool = False
    about: Server | None = None
    copied: bool = False

    @property
    def server(self) -> Server:
        """What it is, of a probed installation."""
        assert self.about is not None  # noqa: S101  (a step left out would be a bug of asa)
        return self.about

    def below(self, root: Path) -> "Installation":
        """Return this installation as it is once copied to another root."""

        def moved(path: Path) -> Path:
            return root / path.relative_to(self.root)

        libraries = tuple(moved(path) for path in self.libraries)
        return replace(self, program=moved(self.program), root=root, libraries=libraries)


class UnusableError(Exception):
    """An installation that cannot serve, and why."""


def programs_on_path(*names: str) -> Iterator[Path]:
    """Yield the programs of these names on PATH, in its order."""
    for directory in os.get_exec_path():
        if directory:  # an empty entry means the current directory: not for servers
            yield from programs_in(Path(directory), *names)


def programs_in(directory: Path, *names: str) -> Iterator[Path]:
    """Yield the programs of these names in a directory; none where it may not be read."""
    for name in names:
        found = shutil.which(name, path=directory)
        if found is not None:
            yield Path(found)


def probed(installation: Installation, account: Account | None) -> Installation:
    """Ask the program its version, as the account that will run it.

    Raises:
        UnusableError: It cannot be run, or cannot be reached by the account nor copied.
    """
    try:
        text = version_text(installation, account)
        copied = installation.copied
    except PermissionError:
        if account is None or not installation.parts:
            raise UnusableError("its user may not run it") from None
        text = version_text(installation, None)
        copied = True
    match = VERSION.search(text)
    if match is None:
        raise UnusableError(f"it does not tell its version: {text.strip()[:80]}")
    flavour = "MariaDB" if "MariaDB" in text else "MySQL"
    if "PostgreSQL" in text:
        flavour = "PostgreSQL"
    version = tuple(int(number) for number in match[1].split("."))
    family = "postgresql" if flavour == "PostgreSQL" else "mysql"
    return replace(installation, about=Server(family, flavour, version, match[1]), copied=copied)


def version_text(installation: Installation, account: Account | None) -> str:
    """Return what the program says of its version.

    Raises:
        PermissionError: The account cannot reach it.
        UnusableError: It does not run.
    """
    user, group = (account.uid, account.gid) if account else (None, None)
    try:
        done = subprocess.run(
            [installation.program, *installation.quiet, "--version"],
            user=user,
            group=group,
            extra_groups=[] if account else None,
            cwd="/",
            env=environment(Path("/"), installation.libraries),
            capture_output=True,
            timeout=PROBE_S,
            check=True,
        )
    except PermissionError:
        raise
    except subprocess.CalledProcessError as error:
        raise UnusableError(error.stderr.decode(errors="replace").strip()[:200]) from None
    except (OSError, subprocess.SubprocessError) as error:
        raise UnusableError(str(error)) from None
    return done.stdout.decode(errors="replace")
