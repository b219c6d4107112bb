"""What Alembic, SQLAlchemy and the user's own migration code raise, told as asa's errors."""

import os
import re
import sys
import traceback
from pathlib import Path

from alembic.util.exc import CommandError

import asa
from asa.errors import (
    AsaError,
    ConfigurationError,
    FindingsError,
    MigrationError,
    ProjectError,
    UsageError,
)
from asa.migrations.environment import Environment
from asa.project.interpreter import find_interpreter

__all__ = ["code_error", "command_error", "driver_text", "user_place"]

OWN = str(Path(asa.__file__).parent) + os.sep
INSTALLED = ("site-packages", "dist-packages")
UNKNOWN_REVISION = re.compile(
    r"(?:Can't locate revision identified by|No such revision or branch) '([^']*)'"
)
TOO_FAR = re.compile(r"Relative revision (\S+) didn't produce \d+ migrations|Walked too far")
NO_METADATA = "does not provide a MetaData object"
# Drivers quote the offending value; the rest of their message names columns and keys.
QUOTED_VALUE = re.compile(
    r"""(?:(?<=\bentry )|(?<=\bvalue: )|(?<=\bvalue )|(?<=: ))(?:'.*'|".*")(?= for | at |;|$|\s)"""
)
# A URL's password; and a setting that pydantic found wrong, quoted in full.
URL_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]+@")
SETTING_VALUE = re.compile(r"input_value=.*?(?=, input_type=|$)")
RAISED = re.compile(r"^<class '[\w.]+'>: ")
ERROR_NUMBER = re.compile(r"""^\((\d+), (?:"(.*)"|'(.*)')\)$""", re.DOTALL)


def command_error(error: CommandError, environment: Environment) -> AsaError:
    """Translate Alembic's refusal to do something."""
    text = " ".join(str(error).split())
    unknown = UNKNOWN_REVISION.search(text)
    if unknown:
        return MigrationError(
            f'no revision file has the id "{unknown[1]}"',
            "asa history   lists those here; the file may be on another git branch",
        )
    too_far = TOO_FAR.search(text)
    if too_far:
        return UsageError(
            f"there are not as many revisions to go as {too_far[1] or 'the steps'} says",
            "asa status   shows where the database stands",
        )
    if NO_METADATA in text:
        return ConfigurationError(
            "env.py names no models: its target_metadata is None",
            "set target_metadata in env.py to your base's metadata, or asa init",
        )
    if "'script_location'" in text:
        file = environment.ini or environment.toml
        name = environment.shown(file) if file else "the Alembic settings"
        return ConfigurationError(f"{name} has no script_location", "add it, or asa init")
    if text.startswith("Path doesn't exist"):
        return ConfigurationError(text.partition(". Please")[0], "correct script_location")
    if "Multiple head" in text:
        return FindingsError(
            "the history has several heads, so there is no single one to go to",
            'asa merge "join heads"   or name one; asa heads lists them',
        )
    if "not up to date" in text:
        return FindingsError("the database is behind the newest revision", "asa upgrade")
    return MigrationError(text.rstrip("."), "asa history   shows the revisions")


def code_error(error: BaseException, environment: Environment) -> ProjectError | None:
    """Translate what the user's code raised; None where it was not the user's code.

    The message names file and line of the innermost frame that is the user's.
    """
    place = user_place(error, environment)
    if place is None:
        return None
    name = type(error).__name__
    said = without_secrets(" ".join(str(error).split()), environment)
    if isinstance(error, SyntaxError):
        said = error.msg
    elif isinstance(error, SystemExit):
        return ProjectError(f"{place} ended the program: exit {error.code}", "mend it there")
    message = f"{place} raised {name}: {said}" if said else f"{place} raised {name}"
    return ProjectError(message, import_hint(error, environment) or "mend it there")


def without_secrets(text: str, environment: Environment) -> str:
    """Return a message of the user's code without the passwords it may quote."""
    text = SETTING_VALUE.sub("input_value=***", URL_PASSWORD.sub(r"\1***@", text))
    password = environment.database.url.password if environment.database else None
    return text.replace(str(password), "***") if password else text


def user_place(error: BaseException, environment: Environment) -> str | None:
    """Return `file:line` of the innermost of the user's frames.

    None where there is none, or where asa's own code lies deeper (a bug in asa).
    """
    if isinstance(error, SyntaxError) and error.filename and not installed(error.filename):
        return f"{environment.shown(error.filename)}:{error.lineno or 0}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(OWN):
            return None
        if not frame.filename.startswith("<") and not installed(frame.filename):
            return f"{environment.shown(frame.filename)}:{frame.lineno}"
    return None


def installed(file: str) -> bool:
    """Tell whether a file is Python's or an installed package's."""
    parts = Path(file).parts
    return any(name in parts for name in INSTALLED) or file.startswith(standard_library())


def standard_library() -> str:
    """Return the directory of Python's own modules."""
    return str(Path(os.__file__).parent) + os.sep


def import_hint(error: BaseException, environment: Environment) -> str:
    """Return what to do about a module that is not found; empty for other errors."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    top = error.name.partition(".")[0]
    root = environment.config.root
    for directory in ("src", "backend", "app"):
        if (root / directory / top).is_dir() or (root / directory / f"{top}.py").is_file():
            return f'pythonpath = ["{directory}"] in [tool.asa]   leads to {directory}/{top}'
    interpreter = find_interpreter(environment.config)
    if not interpreter.is_own:
        return (
            f"{interpreter.path} -m pip install asa-toolkit, then {interpreter.path} -m asa: "
            f"the project's packages are there, and asa runs in {sys.prefix}"
        )
    return f"install {top} where asa runs ({sys.prefix}), or set pythonpath in [tool.asa]"


def driver_text(error: BaseException) -> str:
    """Return a driver's message on one line, without the values that it quotes.

    Later lines (PostgreSQL's DETAIL) hold rows of the user's and are left out.
    """
    origin = getattr(error, "orig", None) or error
    text = RAISED.sub("", str(origin).strip())
    numbered = ERROR_NUMBER.match(text)
    if numbered:
        text = f"{numbered[2] or numbered[3]} ({numbered[1]})"
    first = text.splitlines()[0].strip() if text else type(origin).__name__
    return QUOTED_VALUE.sub("***", first)
