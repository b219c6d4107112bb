"""HypoPG for the tests where it is not installed: the distribution's package, unpacked.

Its library is loaded by its path, so that nothing is installed beside the server's own.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection
from tests.mariadb import CACHE, UnavailableError, command

__all__ = ["VERSION", "install", "library"]

LIBRARY = "usr/lib/postgresql/{major}/lib/hypopg.so"
SCRIPTS = "usr/share/postgresql/{major}/extension"
VERSION = "1.3.1"


def unpacked(major: int, cache: Path = CACHE) -> Path:
    """Return the directory of the package, downloading it the first time.

    Raises:
        UnavailableError: There is no apt here, or it has no such package.
    """
    tree = cache / f"hypopg-{major}"
    if (tree / LIBRARY.format(major=major)).exists():
        return tree
    if not shutil.which("apt-get"):
        raise UnavailableError("no apt to download HypoPG")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="hypopg-") as work:
        package = f"postgresql-{major}-hypopg"
        command("sh", "-c", f"cd '{work}' && apt-get -qq download {package}")
        for archive in Path(work).glob("*.deb"):
            command("dpkg", "-x", str(archive), str(Path(work, "tree")))
        if not Path(work, "tree", LIBRARY.format(major=major)).exists():
            raise UnavailableError(f"{package} has no library")
        Path(work, "tree").rename(tree)
    return tree


@contextmanager
def library(major: int) -> Iterator[tuple[Path, str]]:
    """Yield the library where any server may read it, and the script that makes its functions."""
    tree = unpacked(major)
    scripts = sorted((tree / SCRIPTS.format(major=major)).glob(f"hypopg--{VERSION}.sql"))
    if not scripts:
        raise UnavailableError(f"HypoPG is not {VERSION}")
    with tempfile.TemporaryDirectory(prefix="asa-hypopg-") as place:
        Path(place).chmod(0o755)
        copy = Path(place, "hypopg.so")
        shutil.copyfile(tree / LIBRARY.format(major=major), copy)
        copy.chmod(0o755)
        yield copy, scripts[0].read_text(encoding="utf-8")


async def install(connection: AsyncConnection, file: Path, script: str) -> None:
    """Make the extension's functions, and let the catalog say that it is there."""
    text = script.replace("MODULE_PATHNAME", str(file)).replace("$libdir/hypopg", str(file))
    statements = "\n".join(line for line in text.splitlines() if not line.startswith("\\"))
    raw = await connection.get_raw_connection()
    assert raw.driver_connection is not None
    # Only the simple protocol takes a script.
    await raw.driver_connection.execute(statements)
    await connection.exec_driver_sql(
        "INSERT INTO pg_extension "
        "(oid, extname, extowner, extnamespace, extrelocatable, extversion) "
        "SELECT 999999, 'hypopg', 10, oid, true, $1 FROM pg_namespace WHERE nspname = 'public'",
        (VERSION,),
    )
