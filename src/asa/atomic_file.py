"""Files that come whole or not at all: written beside their place, then renamed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

__all__ = ["replacing"]

PRIVATE = 0o600


@contextmanager
def replacing(file: Path, mode: int = PRIVATE) -> Iterator[Path]:
    """Yield a new empty file that takes the place of another when the block ends well.

    Args:
        file: What is made or replaced; its directory exists.
        mode: Permissions of what is put there; until then only the owner may read it.

    Raises:
        OSError: It cannot be written; what was there stays, and nothing else is left.
    """
    with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}-", delete=False) as made:
        beside = Path(made.name)
    try:
        yield beside
        beside.chmod(mode)
        beside.replace(file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
