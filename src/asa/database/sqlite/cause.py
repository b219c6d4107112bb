"""SQLite's reasons, found by its message and by looking at the file."""

import os
from pathlib import Path

from asa.database.cause import Target, chain, short
from asa.database.causes import cause_named
from asa.database.network import missing_module
from asa.errors import DatabaseError

__all__ = ["classify", "may", "missing_file"]

# Messages, not codes: Python 3.10's sqlite3 keeps no error code. They are not translated.
MESSAGES = (
    ("file is not a database", "not-a-database"),
    ("malformed", "not-a-database"),
    ("unsupported file format", "not-a-database"),
    ("database is locked", "locked"),
    ("table is locked", "locked"),
    ("readonly database", "read-only"),
    ("no active connection", "connection-lost"),
    ("onnection closed", "connection-lost"),
    ("closed database", "connection-lost"),
)


def classify(error: BaseException, subject: str, /) -> DatabaseError:
    """Translate an exception of sqlite3, of aiosqlite or of SQLAlchemy above them."""
    target = Target.of(subject)
    text = " ".join(str(current) for current in chain(error))
    for current in chain(error):
        if isinstance(current, ModuleNotFoundError):
            return missing_module(current, target)
        if isinstance(current, TypeError) and "keyword argument" in str(current):
            return cause_named("unsupported-option").error(target)
    if "unable to open database file" in text:
        return cannot_open(target)
    for sign, code in MESSAGES:
        if sign in text:
            return refused(code, target)
    return cause_named("statement-failed").error(
        target_named_file(target), said=short(list(chain(error))[-1])
    )


def missing_file(subject: str) -> DatabaseError | None:
    """Return the error for a file that is not there; None for one that is, or for memory."""
    target = Target.of(subject)
    if target.database in ("", ":memory:") or target.database.startswith("file:"):
        return None
    return None if Path(target.database).exists() else cannot_open(target)


def cannot_open(target: Target) -> DatabaseError:
    """Return the error for a file that cannot be opened, after a look at its directory."""
    file = Path(target.database)
    if not file.parent.is_dir():
        code = "directory-missing"
    elif file.is_dir():
        code = "not-a-database"
    elif not file.exists():
        code = "file-missing" if may(file.parent, os.W_OK) else "directory-read-only"
    else:
        code = "directory-read-only" if may(file, os.R_OK) else "unreadable"
    return cause_named(code).error(target)


def may(path: Path, right: int) -> bool:
    """Tell whether this process may use a path so; by whom it acts as, where that is told."""
    effective = os.access in os.supports_effective_ids
    return os.access(path, right, effective_ids=effective)


def refused(code: str, target: Target) -> DatabaseError:
    """Return the error for a file that opened and then refused."""
    file = Path(target.database)
    if code == "read-only" and may(file, os.W_OK) and not may(file.parent, os.W_OK):
        code = "directory-read-only"
    return cause_named(code).error(target_named_file(target))


def target_named_file(target: Target) -> Target:
    """Return the target with the file as its host: SQLite's messages speak of files."""
    return Target(target.subject, host=target.database or "the database", database=target.database)
