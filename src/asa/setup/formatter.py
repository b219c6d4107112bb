"""The formatter that a project uses, to run it over every new revision."""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from asa.project.load import Installed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Formatter", "formatter_of"]

# The first Alembic whose hooks run `python -m`; ruff has no entry point to run it by before.
MODULE_HOOKS_SINCE = (1, 16, 3)
OWN_FILES = {"ruff": ("ruff.toml", ".ruff.toml"), "black": ()}


@dataclass(frozen=True, slots=True)
class Formatter:
    """A hook of Alembic's that formats a file.

    Attributes:
        name: Of the formatter, by which the hook goes too.
        settings: Keys and values of the hook.
    """

    name: str
    settings: tuple[tuple[str, str], ...]

    def ini(self) -> str:
        """Return the section of alembic.ini."""
        keys = "".join(f"{self.name}.{key} = {value}\n" for key, value in self.settings)
        return f"[post_write_hooks]\n# {REASON}\nhooks = {self.name}\n{keys}"

    def toml(self) -> str:
        """Return the table of pyproject.toml."""
        keys = "".join(f'{key} = "{value}"\n' for key, value in self.settings)
        return f'\n# {REASON}\n[[tool.alembic.post_write_hooks]]\nname = "{self.name}"\n{keys}'


REASON = "A new revision is formatted as the rest of the project is."
RUFF = Formatter(
    "ruff",
    (("type", "module"), ("module", "ruff"), ("options", "format REVISION_SCRIPT_FILENAME")),
)
BLACK = Formatter(
    "black",
    (
        ("type", "console_scripts"),
        ("entrypoint", "black"),
        ("options", "-q REVISION_SCRIPT_FILENAME"),
    ),
)


def formatter_of(root: Path, pythonpath: Iterable[str], installed: Installed) -> Formatter | None:
    """Return the formatter that the project has settings for and its environment has installed.

    One that is not installed there would fail every new revision.
    """
    folders = [
        folder for path in (".", *pythonpath) for folder in (root / path, (root / path).parent)
    ]
    inside = [folder for folder in folders if folder == root or root in folder.parents]
    numbers = tuple(int(part) for part in re.findall(r"\d+", installed.alembic or "")[:3])
    if "black" in installed.formatters and any(uses("black", folder) for folder in inside):
        return BLACK
    by_module = not installed.alembic or numbers >= MODULE_HOOKS_SINCE
    if by_module and "ruff" in installed.formatters and any(uses("ruff", f) for f in inside):
        return RUFF
    return None


def uses(formatter: str, folder: Path) -> bool:
    """Tell whether the settings in a folder are for a formatter."""
    if any((folder / name).is_file() for name in OWN_FILES[formatter]):
        return True
    try:
        table = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return formatter in table.get("tool", {})
