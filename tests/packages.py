"""Servers for the tests where none is installed: the distribution's packages, unpacked.

apt downloads a package and what this machine lacks of its dependencies, as any
user, with state and cache of its own; `dpkg -x` unpacks them into the checkout's cache.
Nothing is installed and nothing outside that directory changes.

Debian has MySQL in its unstable suite alone, built for newer libraries than a stable machine
has: there the package comes with all that it depends on, its C library and loader included.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asa.model.server import Server as About
from asa.scratch.servers import ENGINES
from asa.scratch.start import usable

__all__ = [
    "CACHE",
    "MYSQL",
    "UnavailableError",
    "built",
    "command",
    "provide_mysql",
    "unpacked",
    "unpacked_mariadb",
    "unpacked_mysql",
]

CACHE = Path(__file__).parent.parent / ".cache"
LONGEST_S = 180
UNSTABLE = "sid"
MYSQL = About("mysql", "MySQL", (), "")
SOURCES = ("indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages")

# Beside its libraries and loader, as MySQL's own archives have it: `bin`, `lib`, `share`.
MYSQLD = """\
#!/bin/sh
lib=${0%/*}/../lib
exec "$lib"/ld-linux*.so* --library-path "$lib" "$lib/mysqld" "$@"
"""


class UnavailableError(Exception):
    """A package cannot be had this way, and why."""


def provide_mysql() -> About | None:
    """Put what `ASA_TEST_MYSQL` names on the PATH; else MariaDB, where no server is installed.

    Returns:
        What a server is to be like: a MariaDB that is here too has higher versions. None for
        the newest of any make.

    Raises:
        UnavailableError: It cannot be had here.
    """
    if os.environ.get("ASA_TEST_MYSQL") == "mysql":
        put_on_path(unpacked_mysql())
        return MYSQL
    if not usable(ENGINES["mysql"])[0]:
        put_on_path(unpacked_mariadb())
    return None


def put_on_path(programs: Path) -> None:
    """Let a directory be the first where programs are looked for."""
    places = os.get_exec_path()
    if str(programs) not in places:
        os.environ["PATH"] = os.pathsep.join([str(programs), *places])


def unpacked_mariadb(cache: Path = CACHE) -> Path:
    """Return the directory of an unpacked `mariadbd`, downloading it the first time.

    Raises:
        UnavailableError: There is no apt here, or it cannot get the package.
    """
    return unpacked("mariadb-server-core", Path("usr/sbin/mariadbd"), cache / "mariadb").parent


def unpacked_mysql(cache: Path = CACHE) -> Path:
    """Return the directory of an unpacked `mysqld`, downloading it the first time.

    Raises:
        UnavailableError: This is no Debian, or it cannot get the package.
    """
    tree = cache / "mysql"
    with built(tree, Path("bin/mysqld")) as place:
        if place is not None:
            need_apt("mysqld")
            for archive in fetched(place, "mysql-server-core", unstable(place)):
                command("dpkg", "-x", str(archive), str(place / "all"))
            lay_out(place / "all" / "usr", place / "tree")
    return tree / "bin"


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
    with built(tree, file) as place:
        if place is not None:
            need_apt(file.name)
            for archive in downloaded(place, package, alone=alone):
                command("dpkg", "-x", str(archive), str(place / "tree"))
            if not (place / "tree" / file).exists():
                raise UnavailableError(f"{package} of this distribution has no {file}")
    return tree / file


@contextmanager
def built(tree: Path, file: Path) -> Iterator[Path | None]:
    """Yield where `tree` is to be built and move it to its place; None where it is there.

    Args:
        tree: The directory.
        file: One of its files.
    """
    if (tree / file).exists():
        yield None
        return
    tree.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tree.parent, prefix=f"{tree.name}-") as work:
        yield Path(work)
        try:
            Path(work, "tree").rename(tree)
        except OSError:
            # Another test run put its own there first.
            if not (tree / file).exists():
                raise


def downloaded(work: Path, package: str, *, alone: bool) -> list[Path]:
    """Download the packages, with fresh package lists where the machine's do not do."""
    options = sandbox(work)
    try:
        return fetched(work, package, options, alone=alone)
    except UnavailableError:
        options += ["-o", f"Dir::State::lists={work / 'lists'}"]
        command("apt-get", *options, "update")
        return fetched(work, package, options, alone=alone)


def sandbox(work: Path) -> list[str]:
    """Make the directories of an apt of the tests' own; return its options."""
    for place in ("archives/partial", "lists/partial"):
        (work / place).mkdir(parents=True)
    options = [
        *("-qq", "-o", f"Dir::Cache={work}", "-o", f"Dir::Cache::archives={work / 'archives'}"),
        *("-o", "Debug::NoLocking=true"),
    ]
    if os.geteuid() == 0:
        # apt would download as a user that cannot write into this directory.
        options += ["-o", "APT::Sandbox::User=root"]
    return options


def need_apt(wanted: str) -> None:
    """Refuse where packages cannot be had.

    Raises:
        UnavailableError: There is no apt here.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise UnavailableError(f"no {wanted} on PATH and no apt to download one")


def fetched(work: Path, package: str, options: list[str], *, alone: bool = False) -> list[Path]:
    """Download a package, with what this machine lacks of its dependencies or alone."""
    archives = work / "archives"
    together = ("install", "--download-only", "--no-install-recommends", "--yes")
    command("apt-get", *options, *(("download",) if alone else together), package, folder=archives)
    return sorted(archives.glob("*.deb"))


def unstable(work: Path) -> list[str]:
    """Read Debian's unstable package lists; return apt's options for a machine of nothing else.

    Raises:
        UnavailableError: This machine's own packages are not Debian's.
    """
    for line in command("apt-get", *SOURCES).splitlines():
        origin, _, address = line.partition(" ")
        if origin == "Debian" and "security" not in address:
            break
    else:
        raise UnavailableError("its package is had from Debian, and this is another distribution")
    source = work / "unstable.list"
    source.write_text(f"deb {address} {UNSTABLE} main\n")
    (work / "status").touch()
    options = [
        *sandbox(work),
        *("-o", f"Dir::Etc::SourceList={source}", "-o", "Dir::Etc::SourceParts=-"),
        *(
            "-o",
            f"Dir::State::Lists={work / 'lists'}",
            "-o",
            f"Dir::State::Status={work / 'status'}",
        ),
    ]
    command("apt-get", *options, "update")
    return options


def lay_out(system: Path, tree: Path) -> None:
    """Put a server, its libraries and their loader together so that they run anywhere."""
    for folder in ("share/mysql", "lib/mysql"):
        (tree / folder).parent.mkdir(parents=True, exist_ok=True)
        (system / folder).rename(tree / folder)
    for library in system.glob("lib/*-linux-gnu*/*.so*"):
        library.rename(tree / "lib" / library.name)
    (system / "sbin" / "mysqld").rename(tree / "lib" / "mysqld")
    program = tree / "bin" / "mysqld"
    program.parent.mkdir()
    program.write_text(MYSQLD)
    program.chmod(0o755)


def command(*argv: str, folder: Path | None = None) -> str:
    """Run a program, in a folder, and return what it says.

    Raises:
        UnavailableError: It failed; the text is what it said last.
    """
    try:
        done = subprocess.run(
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
    return done.stdout
