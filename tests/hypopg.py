"""HypoPG for the tests where it is not installed: the distribution's package, unpacked.

Its library is loaded by its path, so that nothing is installed beside the server's own.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection
from tests.packages import CACHE, UnavailableError, unpacked

__all__ = ["VERSION", "install", "library"]

LIBRARY = "usr/lib/postgresql/{major}/lib/hypopg.so"
SCRIPTS = "usr/share/postgresql/{major}/extension"
VERSION = "1.3.1"


@contextmanager
def library(major: int) -> Iterator[tuple[Path, str]]:
    """Yield the library where any server may read it, and the script that makes its functions.

    Raises:
        UnavailableError: The package cannot be had here, or is of another version.
    """
    tree = CACHE / f"hypopg-{major}"
    place = Path(LIBRARY.format(major=major))
    unpacked(f"postgresql-{major}-hypopg", place, tree, alone=True)
    scripts = sorted((tree / SCRIPTS.format(major=major)).glob(f"hypopg--{VERSION}.sql"))
    if not scripts:
        raise UnavailableError(f"HypoPG is not {VERSION}")
    with tempfile.TemporaryDirectory(prefix="asa-hypopg-") as folder:
        Path(folder).chmod(0o755)
        copy = Path(folder, "hypopg.so")
        shutil.copyfile(tree / place, copy)
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
