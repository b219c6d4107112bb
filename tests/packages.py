"""Servers for the tests where none is installed: the distribution's packages, unpacked.

apt downloads a package and what this machine lacks of its dependencies, as any
user, with state and cache of its own; `dpkg -x` unpacks them into the checkout's cache.
Nothing is installed and nothing outside that directory changes.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

__all__ = ["CACHE", "UnavailableError", "unpacked", "unpacked_mariadb"]

CACHE = Path(__file__).parent.parent / ".cache"
LONGEST_S = 180


class UnavailableError(Exception):
    """A package cannot be had this way, and why."""


def unpacked_mariadb(cache: Path = CACHE) -> Path:
    """Return the directory of an unpacked `mariadbd`, downloading it the first time.

    Raises:
        UnavailableError: There is no apt here, or it cannot get the package.
    """
    return unpacked("mariadb-server-core", Path("usr/sbin/mariadbd"), cache / "mariadb").parent


def unpacked(package: str, file: Path, tree: Path, *, alone: bool = False) -> Path:
    """Return a file of a package, unpacked into a directory at the first time.

    Args:
        package: Its name.
        file: Where the package has it, from the root.
        tree: Directory to unpack into.
        alone: Without the packages that it depends on.

    Raises:
        UnavailableError: There is no apt here, or it cannot get the package.
    """
    if (tree / file).exists():
        return tree / file
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise UnavailableError(f"no {file.name} on PATH and no apt to download one")
    tree.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tree.parent, prefix=f"{tree.name}-") as work:
        built = Path(work, "tree")
        for archive in downloaded(Path(work), package, alone=alone):
            command("dpkg", "-x", str(archive), str(built))
        if not (built / file).exists():
            raise UnavailableError(f"{package} of this distribution has no {file}")
        try:
            built.rename(tree)
        except OSError:
            # Another test run put its own there first.
            if not (tree / file).exists():
                raise
    return tree / file


def downloaded(work: Path, package: str, *, alone: bool) -> list[Path]:
    """Download the packages, with fresh package lists where the machine's do not do."""
    archives = work / "archives"
    for place in ("archives/partial", "lists/partial"):
        (work / place).mkdir(parents=True)
    options = [
        *("-qq", "-o", f"Dir::Cache={work}", "-o", f"Dir::Cache::archives={archives}"),
        *("-o", "Debug::NoLocking=true"),
    ]
    if os.geteuid() == 0:
        # apt would download as a user that cannot write into this directory.
        options += ["-o", "APT::Sandbox::User=root"]
    together = ("install", "--download-only", "--no-install-recommends", "--yes")
    download = (*(("download",) if alone else together), package)
    try:
        command("apt-get", *options, *download, folder=archives)
    except UnavailableError:
        options += ["-o", f"Dir::State::lists={work / 'lists'}"]
        command("apt-get", *options, "update")
        command("apt-get", *options, *download, folder=archives)
    return sorted(archives.glob("*.deb"))


def command(*argv: str, folder: Path | None = None) -> None:
    """Run a program, in a folder.

    Raises:
        UnavailableError: It failed; the text is what it said last.
    """
    try:
        subprocess.run(
            argv,
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        )
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines() or [f"code {error.returncode}"]
        raise UnavailableError(f"{argv[0]}: {said[-1]}") from None
    except (OSError, subprocess.SubprocessError) as error:
        raise UnavailableError(f"{argv[0]}: {error}") from None
