"""Save what a planner knows of a database to a file, and read it back to plan elsewhere.

The file is gzipped JSON: `{"kind": "snapshot", "format": 1, "asa": version, "snapshot": ...}`
with the fields of `model.snapshot`. It holds no row, but the statistics hold values of some.
"""

import gzip
import json
import zlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from asa import __version__
from asa.atomic_file import replacing
from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.errors import UsageError
from asa.model.activity import Activity, IndexActivity, TableActivity
from asa.model.server import Server
from asa.model.snapshot import Definition, Locale, Relation, Snapshot

__all__ = ["read_snapshot", "take_snapshot", "unwritable", "without_values", "write_snapshot"]

FORMAT = 1
"""Grows when a reader of the old form could misread the new one."""
LARGEST_BYTES = 1024**3

TELLING = frozenset("NDTBE")
"""Type categories whose values tell no text: numbers, dates, spans, truths, enums."""
VALUES = (
    *("most_common_vals", "most_common_freqs", "histogram_bounds", "most_common_elems"),
    *("most_common_elem_freqs", "elem_count_histogram", "range_bounds_histogram"),
)


async def take_snapshot(database: DatabaseUrl, *, values: bool = True) -> Snapshot:
    """Read schema, sizes, planner statistics and settings of a database.

    Args:
        database: Read only; a role that may SELECT is enough.
        values: Whether common values and histograms of text columns are kept.

    Raises:
        DatabaseError: The database is unreachable or refused.
        UsageError: Its planner looks at the rows, so that no snapshot could stand for them.
    """
    dialect = dialect_named(database.dialect)
    if dialect.snapshot is None:
        raise UsageError(
            f"a snapshot is of PostgreSQL: the planner of {dialect.session.title} needs the rows",
            "asa optimize LOG --url ...",
        )
    async with connection_to(database) as connection:
        snapshot = await dialect.snapshot(connection)
    return snapshot if values else without_values(snapshot)


def without_values(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot without the values of text columns and of all that may hold text."""
    return replace(
        snapshot,
        columns=tuple(
            column if column["category"] in TELLING else {**column, **dict.fromkeys(VALUES, None)}
            for column in snapshot.columns
        ),
    )


def write_snapshot(snapshot: Snapshot, file: Path, *, force: bool = False) -> None:
    """Write a snapshot beside its place and move it there, readable by its owner only.

    Raises:
        UsageError: The file exists, or cannot be written.
    """
    if (refusal := unwritable(file, force=force)) is not None:
        raise refusal
    form = {"kind": "snapshot", "format": FORMAT, "asa": __version__, "snapshot": asdict(snapshot)}
    try:
        with replacing(file) as beside, gzip.open(beside, "wt", encoding="utf-8") as written:
            json.dump(form, written, separators=(",", ":"))
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


def read_snapshot(file: Path) -> Snapshot:
    """Read a snapshot back.

    Raises:
        UsageError: It is not there, torn, no snapshot, or a later asa wrote it.
    """
    try:
        with gzip.open(file, "rb") as opened:
            form = json.loads(opened.read(LARGEST_BYTES))
        if form["kind"] == "snapshot" and form["format"] > FORMAT:
            raise UsageError(
                f"{file} was written by asa {form['asa']}, which this asa is too old to read",
                "pip install --upgrade asa-toolkit",
            )
        return snapshot_from(form["snapshot"])
    except FileNotFoundError:
        raise UsageError(f"there is no file {file}", f"asa snapshot -o {file}") from None
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{file} is no whole snapshot", "asa snapshot -o FILE") from None


def snapshot_from(form: dict[str, Any]) -> Snapshot:
    """Return the snapshot of its JSON form."""
    server = form["server"]
    return Snapshot(
        server=Server(**{**server, "version": tuple(server["version"])}),
        taken=form["taken"],
        locale=Locale(**form["locale"]),
        block_bytes=form["block_bytes"],
        definitions=tuple(Definition(**one) for one in form["definitions"]),
        relations=tuple(Relation(**one) for one in form["relations"]),
        columns=tuple(form["columns"]),
        settings=form["settings"],
        activity=activity_from(form.get("activity")),
    )


def activity_from(form: dict[str, Any] | None) -> Activity | None:
    """Return what a server counted of its JSON form; an older snapshot has none."""
    if form is None:
        return None
    indexes = tuple(IndexActivity(**one) for one in form["indexes"])
    tables = tuple(TableActivity(**one) for one in form["tables"])
    return Activity(**{**form, "indexes": indexes, "tables": tables})
