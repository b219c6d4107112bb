"""A copy of the database's file, made before its schema is changed and kept until that is done."""

import os
import shlex
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from asa.database.copy import Copy
from asa.database.url import DatabaseUrl
from asa.errors import MigrationError

__all__ = ["copy_file"]

SUFFIX = ".before-upgrade"
WAIT_S = 60.0
LEAVE_OUT = "make room or let asa write there; --no-copy goes on without a copy"


def copy_file(database: DatabaseUrl, version_table: str) -> Copy | None:
    """Copy a database's file beside it; None for one in memory and for an empty one.

    A copy that an earlier upgrade left behind stays where the database has changed since:
    it shows what was there before the first attempt.

    Args:
        database: The database.
        version_table: Name of the table of marks.

    Raises:
        MigrationError: There is no room for it, or it cannot be made.
    """
    file = file_of(database)
    if file is None:
        return None
    target = file.with_name(file.name + SUFFIX)
    try:
        with closing(sqlite3.connect(file, timeout=WAIT_S)) as source:
            shape = shape_of(source, version_table)
            if not shape:
                return None
            if not stays(target, shape, version_table):
                see_room(source, file)
                copy(source, target)
                shutil.copymode(file, target)
    except (OSError, sqlite3.Error) as error:
        target.with_name(f"{target.name}.part").unlink(missing_ok=True)
        raise MigrationError(
            f"{file.name} could not be copied before the upgrade: {error}", LEAVE_OUT
        ) from error
    return Copy(target, restoring(target, file))


def file_of(database: DatabaseUrl) -> Path | None:
    """Return the file of a database; None for one in memory, and where nothing is there yet."""
    name, _, options = (database.url.database or "").removeprefix("file:").partition("?")
    if not name or name == ":memory:" or "mode=memory" in options:
        return None
    file = Path(name).absolute()
    return file if file.is_file() and file.stat().st_size else None


def shape_of(connection: sqlite3.Connection, version_table: str) -> list[tuple[object, ...]]:
    """Return the schema and the marks; nothing where the database holds no table but theirs."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    if all(version_table in str(name) for name, _ in rows):
        return []
    with suppress(sqlite3.OperationalError):  # nothing was ever applied
        rows += connection.execute(f'SELECT * FROM "{version_table}" ORDER BY 1').fetchall()  # noqa: S608  (env.py names it)
    return rows


def stays(target: Path, shape: list[tuple[object, ...]], version_table: str) -> bool:
    """Tell whether a copy is there and shows the database as it is no more."""
    if not target.is_file():
        return False
    with closing(sqlite3.connect(target)) as earlier:
        return shape_of(earlier, version_table) != shape


def see_room(source: sqlite3.Connection, file: Path) -> None:
    """See that the copy will fit.

    Raises:
        MigrationError: It will not.
    """
    pages, free, size = (
        int(source.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    needed = (pages - free) * size
    room = shutil.disk_usage(file.parent).free
    if room < needed:
        raise MigrationError(
            f"a copy of {file.name} needs {needed / 1e6:,.0f} MB, and {room / 1e6:,.0f} are free",
            LEAVE_OUT,
        )


def copy(source: sqlite3.Connection, target: Path) -> None:
    """Write the copy beside, then put it in place."""
    beside = target.with_name(f"{target.name}.part")
    beside.unlink(missing_ok=True)
    os.close(os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    journal = source.execute("PRAGMA journal_mode").fetchone()[0]
    try:
        source.execute("VACUUM INTO ?", (str(beside),))
    except sqlite3.OperationalError:
        # An index over a function that only the application registers cannot be written anew.
        with closing(sqlite3.connect(beside)) as written:
            source.backup(written)
    if journal == "wal":
        with closing(sqlite3.connect(beside)) as written:
            written.execute("PRAGMA journal_mode=WAL")
    beside.replace(target)


def restoring(target: Path, file: Path) -> str:
    """Return the command that puts the copy back, without the journal of what it replaces."""
    old = " ".join(shlex.quote(f"{shown(file)}{suffix}") for suffix in ("-wal", "-shm", "-journal"))
    return f"rm -f {old}; mv {shlex.quote(shown(target))} {shlex.quote(shown(file))}"


def shown(file: Path) -> str:
    """Return a path as it can be typed from where the process stands."""
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
