"""Write what was planned: each file beside its place and then renamed into it."""

import os
import tempfile
from pathlib import Path

from asa.errors import ConfigurationError
from asa.setup.plan import Action, Change, InitPlan

__all__ = ["apply"]


def apply(plan: InitPlan) -> None:
    """Write the planned files.

    New files first and edits last, so that a failure halfway leaves the project's own
    files as they were; running it again writes only what is missing.

    Raises:
        ConfigurationError: A file cannot be written, or came or changed since it was planned.
    """
    if not plan.pending:
        return
    try:
        for folder in plan.folders:
            (plan.root / folder).mkdir(parents=True, exist_ok=True)
        for change in sorted(plan.pending, key=lambda change: change.action is Action.EDIT):
            put(plan.root / change.path, change)
    except OSError as error:
        raise ConfigurationError(
            f"cannot write {error.filename}: {error.strerror}", "mend that, then asa init again"
        ) from None


def put(path: Path, change: Change) -> None:
    """Write one file, whole or not at all."""
    content = (change.content or "").encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        beside = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            if change.action is Action.WRITE:
                beside.chmod(0o666 & ~current_umask())
                create(beside, path)
            else:
                replace_edited(beside, path, change)
        finally:
            beside.unlink(missing_ok=True)


def create(beside: Path, path: Path) -> None:
    """Give a new file its name, unless something took it in the meantime."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise ConfigurationError(
            f"{path} came into being in the meantime", "asa init again looks at it"
        ) from None
    except OSError:
        # A file system without hard links.
        if path.exists():
            raise ConfigurationError(f"{path} came into being in the meantime") from None
        beside.replace(path)


def replace_edited(beside: Path, path: Path, change: Change) -> None:
    """Put the edited text in the place of the one it was made from."""
    target = path.resolve()
    if target.read_bytes() != (change.before or "").encode():
        raise ConfigurationError(f"{path} changed in the meantime", "asa init again looks at it")
    beside.chmod(target.stat().st_mode & 0o7777)
    beside.replace(target)


def current_umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
