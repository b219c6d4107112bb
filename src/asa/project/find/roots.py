"""Which directories the project puts on `sys.path`, and so the dotted name of each file.

The imports that the project itself writes decide: `from app.db import Base` says that the
directory which holds `app/db.py` is on the path. Where no import tells, the outermost
package that has an `__init__.py` does.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from asa.project.find.files import SourceFile

__all__ = ["module_names"]

Parts = tuple[str, ...]

ABSOLUTE = re.compile(
    r"^[ \t]*(?:from[ \t]+([A-Za-z_][\w.]*)[ \t]+import\b|import[ \t]+([^\n#(]+))", re.MULTILINE
)
# What a server is told to serve: `uvicorn.run("app.main:app")`.
SERVED = re.compile(r"[\"']([a-z_]\w*(?:\.\w+)+):\w+[\"']")
RELATIVE = re.compile(r"^[ \t]*from[ \t]+(\.+)[\w.]*[ \t]+import\b", re.MULTILINE)


def module_names(files: Iterable[SourceFile]) -> dict[PurePosixPath, tuple[str, str]]:
    """Return for each importable file (import root, dotted module name).

    The root is a path below the repository's, `.` for the repository itself. Files whose
    path cannot be a module name (`my-script.py`) are left out.
    """
    files = tuple(files)
    paths = {file.path for file in files}
    packages = {path.parent.parts for path in paths if path.name == "__init__.py"}
    votes = count_votes(files)
    named: dict[PurePosixPath, tuple[str, str]] = {}
    for file in files:
        root = root_of(file, votes, packages)
        parts = file.path.with_suffix("").parts[len(root) :]
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if parts and all(part.isidentifier() for part in parts):
            named[file.path] = (PurePosixPath(*root).as_posix(), ".".join(parts))
    return named


def count_votes(files: tuple[SourceFile, ...]) -> Counter[Parts]:
    """Count, for every directory, the imports that resolve when it is on the path."""
    places: defaultdict[Parts, set[Parts]] = defaultdict(set)
    for file in files:
        parts = file.path.with_suffix("").parts
        for start in range(len(parts)):
            places[parts[start : start + 1]].add(parts[:start])
            places[parts[start : start + 2]].add(parts[:start])
    votes: Counter[Parts] = Counter()
    for file in files:
        folder = file.path.parent.parts
        for name in imported(file.text):
            roots = places.get(name, set())
            own = {root for root in roots if folder[: len(root)] == root}
            votes.update(own or roots)
    return votes


def imported(text: str) -> set[Parts]:
    """Return the first one or two parts of each module imported absolutely, the library's aside."""
    names = {tuple(match[1].split(".")[:2]) for match in SERVED.finditer(text)}
    for match in ABSOLUTE.finditer(text):
        listed = [match[1]] if match[1] else match[2].split(",")
        for name in listed:
            parts = tuple(name.split(" as ")[0].strip().split("."))
            if parts[0] not in sys.stdlib_module_names:
                names.add(parts[:2])
    return names


def root_of(file: SourceFile, votes: Counter[Parts], packages: set[Parts]) -> Parts:
    """Return the parts of the directory from which a file is imported."""
    folder = file.path.parent.parts
    levels = max((len(match[1]) for match in RELATIVE.finditer(file.text)), default=0)
    deepest = len(folder) - levels
    above = [folder[:depth] for depth in range(max(deepest, 0) + 1)]
    best = max(above, key=lambda root: (votes[root], -len(root)))
    if votes[best]:
        return best
    while folder in packages:
        folder = folder[:-1]
    folder = folder[: max(min(len(folder), deepest), 0)]
    if (
        not folder
        and file.path.parts[0] == "src"
        and ("src",) not in packages
        and levels < len(file.path.parent.parts)
    ):
        return ("src",)
    return folder
