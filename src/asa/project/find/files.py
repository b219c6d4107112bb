"""The Python files of a repository that belong to its application."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ["SourceFile", "read_sources"]

SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__",
        "alembic",
        "build",
        "dist",
        "docs",
        "env",
        "examples",
        "migrations",
        "node_modules",
        "site-packages",
        "test",
        "tests",
        "venv",
    }
)
LARGEST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file, read but not parsed.

    Attributes:
        path: Below the repository's root.
        text: Its content.
    """

    path: PurePosixPath
    text: str


def read_sources(root: Path) -> tuple[SourceFile, ...]:
    """Read the application's Python files, in the order of their paths.

    Virtual environments, hidden folders, tests and migrations are not the application.
    """
    return tuple(
        SourceFile(path, text)
        for path in sorted(python_files(root))
        if (text := content(root / path)) is not None
    )


def python_files(root: Path) -> Iterator[PurePosixPath]:
    """Yield the paths below root of the application's Python files."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if is_application(Path(folder, name))]
        relative = PurePosixPath(Path(folder).relative_to(root).as_posix())
        for name in names:
            if name.endswith(".py") and not is_test(name):
                yield relative / name


def is_application(folder: Path) -> bool:
    """Tell whether a folder can hold parts of the application."""
    name = folder.name
    if name in SKIPPED_FOLDERS or name.startswith((".", "__")) or name.endswith(".egg-info"):
        # A folder called `alembic` or `env` that is a package with models is rare; one that
        # holds revisions or an interpreter is the rule.
        return False
    return not (folder / "pyvenv.cfg").exists()


def is_test(name: str) -> bool:
    """Tell whether a file name is that of a test module."""
    return name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py")


def content(file: Path) -> str | None:
    """Return a file's text; None where it cannot be read or is too large to be written by hand."""
    try:
        if file.stat().st_size > LARGEST_BYTES:
            return None
        return file.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError:
        return None
