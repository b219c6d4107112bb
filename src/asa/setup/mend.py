"""Apply what is safe of the edits that an env.py of the project's own needs."""

from asa.project.find import EnvironmentReading, Weakness, patched
from asa.setup.plan import Action, Change

__all__ = ["mended"]


def mended(
    changes: tuple[Change, ...], reading: EnvironmentReading, found: tuple[Weakness, ...]
) -> tuple[tuple[Change, ...], tuple[Weakness, ...]]:
    """Return the changes with env.py's edit among them, and the weaknesses that are left."""
    safe = [weakness for weakness in found if weakness.patches]
    text = patched(reading.source, (patch for weakness in safe for patch in weakness.patches))
    if not safe or text is None:
        return changes, found
    file = reading.place.file
    note = f"{len(safe)} weak point{'s'[: len(safe) != 1]} mended"
    edit = Change(Action.EDIT, file, note, text, reading.source)
    edited = tuple(edit if change.path == file else change for change in changes)
    left = tuple(weakness for weakness in found if not weakness.patches)
    return edited, left
