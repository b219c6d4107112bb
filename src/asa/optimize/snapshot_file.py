"""The file of `asa snapshot`: gzipped JSON, readable by its owner only.

    {"kind": "snapshot", "format": 1 or 2, "asa": version, "snapshot": ...}

Format 1 has the fields of `model.snapshot` (PostgreSQL: statistics and no row). Format 2 has
those of `model.row_snapshot` (SQLite, MySQL and MariaDB: a sample of the rows); of its values
bytes are `{"base64": ...}` and all others JSON's own.
"""

import gzip
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from asa import __version__
from asa.atomic_file import replacing
from asa.errors import UsageError
from asa.model.activity import Activity, IndexActivity, TableActivity
from asa.model.row_snapshot import RowSnapshot, SavedRows, Value
from asa.model.server import Server
from asa.model.snapshot import Definition, Locale, Relation, Snapshot

__all__ = ["read_snapshot", "unwritable", "write_snapshot"]

STATISTICS, ROWS = 1, 2
"""The formats; the next one comes when a reader of these could misread it."""
LARGEST_BYTES = 1024**3


def write_snapshot(snapshot: Snapshot | RowSnapshot, file: Path, *, force: bool = False) -> None:
    """Write a snapshot beside its place and move it there, readable by its owner only.

    Raises:
        UsageError: The file exists, or cannot be written.
    """
    if (refusal := unwritable(file, force=force)) is not None:
        raise refusal
    number = ROWS if isinstance(snapshot, RowSnapshot) else STATISTICS
    head = {"kind": "snapshot", "format": number, "asa": __version__}
    form = {**head, "snapshot": asdict(snapshot)}
    try:
        with replacing(file) as beside, gzip.open(beside, "wt", encoding="utf-8") as written:
            json.dump(form, written, separators=(",", ":"), default=encoded)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None


def unwritable(file: Path, *, force: bool = False) -> UsageError | None:
    """Return why a file cannot be written, known before the work; None where it may be."""
    if file.is_dir():
        return UsageError(f"{file} is a directory", "name a file with -o")
    if file.exists() and not force:
        return UsageError(f"{file} exists", f"--force replaces {file}, or name another with -o")
    if not file.parent.is_dir():
        return UsageError(f"there is no directory {file.parent}")
    return None


def read_snapshot(file: Path) -> Snapshot | RowSnapshot:
    """Read a snapshot back.

    Raises:
        UsageError: It is not there, torn, no snapshot, or a later asa wrote it.
    """
    try:
        with gzip.open(file, "rb") as opened:
            form = json.loads(opened.read(LARGEST_BYTES))
        if form["kind"] == "snapshot" and form["format"] > ROWS:
            raise UsageError(
                f"{file} was written by asa {form['asa']}, which this asa is too old to read",
                "pip install --upgrade asa-toolkit",
            )
        if form["format"] == ROWS:
            return row_snapshot_from(form["snapshot"])
        return snapshot_from(form["snapshot"])
    except FileNotFoundError:
        raise UsageError(f"there is no file {file}", f"asa snapshot -o {file}") from None
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{file} is no whole snapshot", "asa snapshot -o FILE") from None


def snapshot_from(form: dict[str, Any]) -> Snapshot:
    """Return the snapshot of its JSON form."""
    return Snapshot(
        server=server_from(form["server"]),
        taken=form["taken"],
        locale=Locale(**form["locale"]),
        block_bytes=form["block_bytes"],
        definitions=tuple(Definition(**one) for one in form["definitions"]),
        relations=tuple(Relation(**one) for one in form["relations"]),
        columns=tuple(form["columns"]),
        settings=form["settings"],
        activity=activity_from(form.get("activity")),
    )


def row_snapshot_from(form: dict[str, Any]) -> RowSnapshot:
    """Return the snapshot with rows of its JSON form."""
    tables = (
        SavedRows(
            one["table"],
            tuple(one["columns"]),
            tuple(one["kinds"]),
            one["total"],
            decoded(one["rows"]),
        )
        for one in form["tables"]
    )
    return RowSnapshot(
        server=server_from(form["server"]),
        taken=form["taken"],
        definitions=tuple(Definition(**one) for one in form["definitions"]),
        tables=tuple(tables),
        statistics={name: decoded(rows) for name, rows in form["statistics"].items()},
        settings=form["settings"],
        left_out=tuple(form["left_out"]),
        activity=activity_from(form["activity"]),
        hashed=form["hashed"],
    )


def server_from(form: dict[str, Any]) -> Server:
    """Return the server of its JSON form."""
    return Server(**{**form, "version": tuple(form["version"])})


def activity_from(form: dict[str, Any] | None) -> Activity | None:
    """Return what a server counted of its JSON form; an older snapshot has none."""
    if form is None:
        return None
    indexes = tuple(IndexActivity(**one) for one in form["indexes"])
    tables = tuple(TableActivity(**one) for one in form["tables"])
    return Activity(**{**form, "indexes": indexes, "tables": tables})


def encoded(value: object) -> dict[str, str]:
    """Return the JSON form of what JSON has none for."""
    if isinstance(value, bytes):
        return {"base64": b64encode(value).decode()}
    raise TypeError(type(value).__name__)


def decoded(rows: Iterable[Iterable[Any]]) -> tuple[tuple[Value, ...], ...]:
    """Return rows of their JSON form."""
    return tuple(
        tuple(b64decode(v["base64"]) if isinstance(v, dict) else v for v in row) for row in rows
    )
