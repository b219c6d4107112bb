"""The files of a PostgreSQL twin, made as long as the real ones without taking room.

The planner asks the file system for a table's size, and reads none of its pages.
"""

import os
from pathlib import Path

__all__ = ["BLOCK", "resize", "sparse"]

BLOCK = 8192
SEGMENT_BLOCKS = 131_072
PROBE_BYTES = 64 * 1024**2


def sparse(directory: Path) -> bool:
    """Tell whether a file there may be long without taking room."""
    probe = directory / "asa-sparse-probe"
    try:
        probe.touch()
        os.truncate(probe, PROBE_BYTES)
        return probe.stat().st_blocks * 512 < PROBE_BYTES // 4
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)


def resize(file: Path, blocks: int) -> None:
    """Make a relation's file, with its further segments, that many blocks long."""
    number = 0
    while True:
        segment = file if number == 0 else file.with_name(f"{file.name}.{number}")
        length = min(max(blocks - number * SEGMENT_BLOCKS, 0), SEGMENT_BLOCKS)
        if number and not length:
            if not segment.exists():
                return
            segment.unlink()
        else:
            made = not segment.exists()
            segment.touch(mode=0o600)
            if made:
                # The server runs as the owner of the first segment.
                owner = file.stat()
                os.chown(segment, owner.st_uid, owner.st_gid)
            os.truncate(segment, length * BLOCK)
        number += 1
