"""The Python files of a repository that belong to its application."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ["SourceFile", "read_sources"]

SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__",
        "alembic",
        "migrations",
        "node_modules",
        "site-packages",
        "tests",
        "venv",
    }
)
# Beside the application they are not part of it; inside one of its packages they are.
SKIPPED_OUTSIDE = frozenset({"build", "dist", "docs", "env", "examples", "test"})
# What a file of tests holds. A model of a laboratory may be called `test_result.py` too, and
# a table whose module goes unseen would be dropped.
TESTS = re.compile(
    r"^\s*(?:import|from)\s+(?:pytest|unittest)\b|^\s*(?:async\s+)?def\s+test_", re.MULTILINE
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
        if (text := content(root / path)) is not None and not is_test(path.name, text)
    )


def python_files(root: Path) -> Iterator[PurePosixPath]:
    """Yield the paths below root of the application's Python files."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if is_application(Path(folder, name))]
        relative = PurePosixPath(Path(folder).relative_to(root).as_posix())
        for name in names:
            if name.endswith(".py"):
                yield relative / name


def is_application(folder: Path) -> bool:
    """Tell whether a folder can hold parts of the application."""
    name = folder.name
    if name in SKIPPED_FOLDERS or name.startswith((".", "__")) or name.endswith(".egg-info"):
        # A folder called `alembic` that is a package with models is rare; one that holds
        # revisions is the rule.
        return False
    if name in SKIPPED_OUTSIDE and not is_package_within(folder):
        return False
    return not (folder / "pyvenv.cfg").exists()


def is_package_within(folder: Path) -> bool:
    """Tell whether a folder is a package inside another package."""
    return (folder / "__init__.py").exists() and (folder.parent / "__init__.py").exists()


def is_test(name: str, text: str) -> bool:
    """Tell whether a file is a module of tests, by its name and what it holds."""
    if name == "conftest.py":
        return True
    named = name.startswith("test_") or name.endswith("_test.py")
    return named and TESTS.search(text) is not None


def content(file: Path) -> str | None:
    """Return a file's text; None where it cannot be read or is too large to be written by hand."""
    try:
        if file.stat().st_size > LARGEST_BYTES:
            return None
        return file.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError:
        return None
