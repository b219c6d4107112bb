"""Where a scratch directory goes: memory where there is room, else the temporary directory."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

from asa.errors import ScratchError
from asa.scratch.account import Account
from asa.scratch.supervision import fresh_name

__all__ = ["free_directory"]

MEMORY = Path("/dev/shm")  # noqa: S108  (a private directory is made below it)
ROOM_BYTES = 512 * 1024**2
LONGEST_PATH = 80  # a server puts its socket here: at most 104 bytes on macOS


def free_directory(account: Account | None = None, *, programs: bool = False) -> Path:
    """Return the path of a private directory that does not exist yet.

    Args:
        account: Who must be able to reach it, besides the present user.
        programs: Whether programs are run from it.

    Raises:
        ScratchError: There is no such place.
    """
    for parent in (MEMORY, Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108
        if fits(parent, account, programs=programs):
            return parent / fresh_name("asa-")
    raise ScratchError(
        "no directory for a scratch database: nothing writable with room in /dev/shm or "
        f"{tempfile.gettempdir()}",
        "set TMPDIR to a directory with 512 MiB free",
        cause="no-room",
    )


def fits(parent: Path, account: Account | None, *, programs: bool) -> bool:
    """Tell whether a scratch directory can be made below `parent`."""
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        return False
    if shutil.disk_usage(parent).free < ROOM_BYTES:
        return False
    if len(os.fsencode(parent)) > LONGEST_PATH:
        return False
    if programs and not runs_programs(parent):
        return False
    return account is None or reaches(account, parent)


def runs_programs(directory: Path) -> bool:
    """Tell whether its file system lets programs run (Docker mounts /dev/shm without)."""
    flag = getattr(os, "ST_NOEXEC", 0)
    return not (flag and os.statvfs(directory).f_flag & flag)


def reaches(account: Account, directory: Path) -> bool:
    """Tell whether the account may pass every directory on the way."""
    for place in (directory.resolve(), *directory.resolve().parents):
        status = place.stat()
        if status.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif status.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not status.st_mode & needed:
            return False
    return True
