"""Which log files stand behind the names that a user gives, and in which order.

A directory stands for the files in it, a pattern for those that it matches. The files of a
rotated set are read in the order of time, which their names tell: `log.2.gz`, `log.1`, `log`.
"""

import glob
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from asa.errors import LogError
from asa.workload.readers.source import STANDARD_INPUT, is_url, matching_urls

__all__ = ["listed"]

PACKED = re.compile(r"\.(?:gz|bz2|xz|zst)$")
NUMBERED = re.compile(r"^(?P<stem>.+\D)[.](?P<number>\d{1,4})$")
# A date, and a time where there is one: in the middle of a name, or after its end.
DATED = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d(?:[-_.T]?\d{1,6}(?:[-_.]?\d\d)*)?"
)
WEEKDAY = re.compile(r"(?<![A-Za-z])(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?![a-z])")
# One server writes the same entries in several forms; the first of these tells most.
TWINS = (".json", ".csv", ".log")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file stands in the set of its log.

    Attributes:
        stem: What the names of the set have in common.
        rank: What orders the set, the earliest first.
    """

    stem: str
    rank: tuple[int, float, str]


def listed(names: Iterable[str]) -> tuple[str, ...]:
    """Return the files that names stand for, each once, those of one set in order of time.

    Raises:
        LogError: A pattern matches no file, or a directory holds none.
    """
    found: dict[str, Place] = {}
    for name in names:
        for file in standing_for(name):
            found.setdefault(file, placed(file))
    sets = {place.stem: number for number, place in reversed(list(enumerate(found.values())))}
    return tuple(sorted(found, key=lambda file: (sets[found[file].stem], found[file].rank)))


def standing_for(name: str) -> Iterator[str]:
    """Yield the files that one name stands for.

    Raises:
        LogError: There is none.
    """
    if is_url(name):
        yield from at_url(name)
    elif name == STANDARD_INPUT or "\0" in name or Path(name).is_file():
        yield name
    elif Path(name).is_dir():
        files = without_twins(inside(name))
        if not files:
            raise LogError(f"{name} is a directory without files", f"asa digest {name}/FILE")
        yield from files
    elif glob.has_magic(name):
        matches = glob.glob(name, recursive=True)  # noqa: PTH207  (a Path takes no absolute one)
        files = [file for file in matches if Path(file).is_file()]
        if not files:
            raise LogError(f"no file matches {name}", "correct the pattern")
        yield from without_twins(sorted(files))
    else:
        yield name


def at_url(url: str) -> Iterator[str]:
    """Yield the URLs that a pattern matches, or the one that is none.

    Raises:
        LogError: None matches, or fsspec is not here.
    """
    if not glob.has_magic(url):
        yield url
        return
    matches = matching_urls(url)
    if not matches:
        raise LogError(f"nothing matches {url}", "correct the pattern")
    yield from matches


def inside(directory: str) -> list[str]:
    """Return the files in a directory that are not hidden.

    Raises:
        LogError: It may not be read.
    """
    try:
        files = [file for file in Path(directory).iterdir() if file.is_file()]
    except OSError as error:
        raise LogError(f"cannot read {directory}: {error.strerror}") from None
    return sorted(str(file) for file in files if not file.name.startswith("."))


def without_twins(files: list[str]) -> list[str]:
    """Return files without those that hold the entries of another in another form."""
    plain = {file: PACKED.sub("", file) for file in files}
    names = set(plain.values())
    return [file for file in files if not is_twin(plain[file], names)]


def is_twin(file: str, names: set[str]) -> bool:
    """Say whether another of some files holds the same entries, and tells more."""
    for place, ending in enumerate(TWINS):
        if file.endswith(ending):
            stem = file.removesuffix(ending)
            return any(stem + other in names for other in TWINS[:place])
    return False


def placed(file: str) -> Place:
    """Return where a file stands in the set of its log, as its name tells it."""
    directory, name = str(Path(file).parent), PACKED.sub("", Path(file).name)
    if numbered := NUMBERED.match(name):
        return Place(f"{directory}/{numbered['stem']}", (0, -float(numbered["number"]), ""))
    if dated := DATED.search(name):
        rest = name[: dated.start()].rstrip("-_.") + name[dated.end() :]
        digits = "".join(re.findall(r"\d", dated[0]))
        return Place(f"{directory}/{rest}", (0, 0.0, digits))
    if weekday := WEEKDAY.search(name):
        rest = name[: weekday.start()] + name[weekday.end() :]
        return Place(f"{directory}/{rest}", (0, changed(file), name))
    return Place(f"{directory}/{name}", (1, 0.0, ""))


def changed(file: str) -> float:
    """Return when a file was changed last; 0 where that cannot be told."""
    try:
        return Path(file).stat().st_mtime
    except (OSError, ValueError):
        return 0.0
