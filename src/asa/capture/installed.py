"""Which package a file belongs to that is installed beside the program."""

# File names come as text, once a file; the walk along the stack has no other.
# ruff: noqa: PTH100, PTH120

import os
import sys
import sysconfig

__all__ = ["ENGINE_PACKAGES", "folders", "is_engine", "package_of"]

ENGINE_PACKAGES = frozenset(
    (
        *("aiomysql", "aiosqlite", "alembic", "asyncmy", "asyncpg", "greenlet"),
        *("psycopg", "psycopg2", "pymysql", "sqlalchemy", "sqlmodel"),
    )
)


def folders(*names: str) -> tuple[str, ...]:
    """Return folders of this Python installation, each with its separator at the end."""
    paths = {sysconfig.get_path(name) for name in names}
    known = {os.path.abspath(path) for path in paths if path}
    return tuple(path + os.sep for path in known | set(map(os.path.realpath, known)))


def package_of(path: str, installed: tuple[str, ...]) -> str | None:
    """Return the top package of a file that lies among installed packages, else None."""
    for marker in ("site-packages", "dist-packages"):
        _, found, inside = path.rpartition(f"{os.sep}{marker}{os.sep}")
        if found:
            return inside.partition(os.sep)[0].removesuffix(".py")
    for folder in installed:
        if path.startswith(folder):
            return path[len(folder) :].partition(os.sep)[0].removesuffix(".py")
    return None


def is_engine(path: str) -> bool:
    """Tell whether a file is SQLAlchemy's or a driver's, imported from a checkout of it."""
    for package in ENGINE_PACKAGES:
        file = getattr(sys.modules.get(package), "__file__", None)
        if file and path.startswith(os.path.dirname(os.path.abspath(file)) + os.sep):
            return True
    return False
