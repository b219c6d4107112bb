"""The Python interpreter in which the project runs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asa.config import Config
from asa.errors import ConfigurationError

__all__ = ["Interpreter", "find_interpreter"]

FOLDERS = (".venv", "venv", "env")
ASK_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter.

    Attributes:
        path: Its executable.
        origin: Why it was chosen, for messages: `.venv`, `VIRTUAL_ENV`, `the one asa runs in`.
    """

    path: str
    origin: str

    @property
    def is_own(self) -> bool:
        """Whether it is the one that asa itself runs in."""
        return Path(self.path).absolute() == Path(sys.executable).absolute()


def find_interpreter(config: Config) -> Interpreter:
    """Return the project's interpreter.

    In order: what the settings name, the active environment, an environment in the project's
    directory or above it, what Poetry or conda say, the interpreter that asa runs in.

    Raises:
        ConfigurationError: The settings name an interpreter that is not there.
    """
    if config.python:
        return named(config, config.python)
    return next(candidates(config.root), Interpreter(sys.executable, "the one asa runs in"))


def named(config: Config, text: str) -> Interpreter:
    """Return the interpreter that the settings name: an executable, or an environment."""
    path = config.root / Path(text).expanduser()
    if path.is_dir():
        inside = executable(path)
        if inside:
            return Interpreter(inside, "python in the settings")
    elif path.is_file():
        return Interpreter(str(path), "python in the settings")
    else:
        found = shutil.which(text)
        if found:
            return Interpreter(found, "python in the settings")
    raise ConfigurationError(
        f"the project's interpreter is not there: {text}",
        "correct python in [tool.asa], or remove it and asa looks for one",
    )


def candidates(root: Path) -> Iterator[Interpreter]:
    """Yield the interpreters that may be the project's, the likeliest first."""
    for variable in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "CONDA_PREFIX"):
        value = os.environ.get(variable)
        # conda's base environment is always active and says nothing of this project.
        base = variable == "CONDA_PREFIX" and os.environ.get("CONDA_DEFAULT_ENV") == "base"
        found = executable(root / value) if value and not base else None
        if found:
            yield Interpreter(found, variable)
    if sys.prefix != sys.base_prefix and is_below(Path(sys.prefix), root):
        yield Interpreter(sys.executable, "the one asa runs in")
    for folder in (root, *root.parents):
        for name in FOLDERS:
            found = executable(folder / name)
            if found:
                yield Interpreter(found, name)
        if (folder / ".git").exists() or folder == Path.home():
            break
    # A monorepo's parts have environments of their own; one alone leaves no doubt.
    inside = [found for folder in sorted(root.glob("*/.venv")) if (found := executable(folder))]
    if len(inside) == 1:
        yield Interpreter(inside[0], Path(inside[0]).relative_to(root).parts[0] + "/.venv")
    poetry = from_poetry(root)
    if poetry:
        yield Interpreter(poetry, "poetry")


def executable(environment: Path) -> str | None:
    """Return the interpreter of an environment's directory; None where it has none."""
    for inside in ("bin/python", "Scripts/python.exe", "python.exe"):
        path = environment / inside
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    return None


def is_below(path: Path, root: Path) -> bool:
    """Tell whether a path lies in a directory."""
    return root.resolve() in path.resolve().parents


def from_poetry(root: Path) -> str | None:
    """Return the interpreter of the environment that Poetry keeps elsewhere for the project."""
    if not (root / "poetry.lock").is_file() or shutil.which("poetry") is None:
        return None
    try:
        told = subprocess.run(
            ["poetry", "env", "info", "--path"],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=ASK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return executable(Path(told.stdout.strip())) if told.stdout.strip() else None
