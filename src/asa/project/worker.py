"""Import a project's modules in the project's own interpreter, and tell what they define.

Run by path, never imported: `python worker.py ROOT...` with a JSON request on stdin, in the
project's directory. Needs the standard library and the project's SQLAlchemy, nothing of
asa. The answer is JSON lines on what was stdout; whatever the project prints while it is
imported goes to stderr.
"""

import sys

if __name__ == "__main__":
    # This file's directory: its neighbours must not shadow the project's modules.
    del sys.path[0]

import importlib
import importlib.util
import inspect
import json
import os
import re
import runpy
import traceback
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

Facts = dict[str, Any]
Tell = Callable[[str, object], None]

DRIVERS = ("asyncpg", "psycopg", "aiomysql", "asyncmy", "aiosqlite")
# Frames of these are not the user's: the place of an error is the last line of the project.
LIBRARY = re.compile(r"(?:^<)|[\\/](?:site|dist)-packages[\\/]|[\\/]lib[\\/]python\d")


def main() -> None:
    """Answer one request and end, whatever threads the project has started."""
    request = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.path[:0] = sys.argv[1:]

    def tell(kind: str, value: object) -> None:
        answer.write(json.dumps({kind: value}) + "\n")
        answer.flush()

    try:
        tell("facts", answered(request, tell))
    except BaseException as error:  # noqa: BLE001  (SystemExit at import is a finding too)
        tell("failure", described(error))
    sys.stderr.flush()
    os._exit(0)


def answered(request: Facts, tell: Tell) -> Facts:
    """Return all that the request asks for."""
    facts: Facts = {"installed": installed()}
    mappers = watch_mappers() if request.get("modules") else []
    for name in request.get("modules", ()):
        tell("importing", name)
        importlib.import_module(name)
    for reference in request.get("starters", ()):
        tell("importing", reference)
        reach(reference)
    if request.get("references"):
        tell("importing", "the mapping of all classes")
        facts |= mapping(request["references"], mappers)
    if request.get("attribute"):
        tell("importing", request["attribute"].partition(":")[0])
        facts["attribute"] = text_of(reach(request["attribute"]))
    if request.get("password"):
        tell("importing", request["password"].partition(":")[0])
        facts["password"] = password_of(reach(request["password"]), request["url"])
    return facts


def mapping(references: list[str], mappers: list[Any]) -> Facts:
    """Return the facts of some MetaData and of every mapped class."""
    from sqlalchemy.orm import configure_mappers

    # By path: no module of asa may lie in the way of the project's own.
    told = runpy.run_path(str(Path(__file__).with_name("mapping_facts.py")))
    found = [(name, reach(name)) for name in references]
    configure_mappers()
    held = [told["metadata_facts"](name, one) for name, one in found]
    return {"metadata": held, "classes": [told["class_facts"](one) for one in mappers]}


def installed() -> Facts:
    """Return what the interpreter has that asa and the generated env.py need to know."""
    versions = {
        name: version(name) for name in ("alembic", "sqlalchemy", "python-dotenv", "greenlet")
    }
    formatters = [name for name in ("black", "ruff") if version(name) is not None]
    drivers = [name for name in DRIVERS if importlib.util.find_spec(name) is not None]
    return {
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "versions": versions,
        "drivers": drivers,
        "formatters": formatters,
    }


def version(name: str) -> str | None:
    """Return the version of a distribution; None where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def watch_mappers() -> list[Any]:
    """Return a list into which every mapper goes that is made from now on."""
    from sqlalchemy import event
    from sqlalchemy.orm import Mapper

    mappers: list[Any] = []
    event.listen(Mapper, "after_mapper_constructed", lambda mapper, _: mappers.append(mapper))
    return mappers


def reach(reference: str) -> Any:
    """Return the object behind `module:attribute.attribute()`."""
    module, _, path = reference.partition(":")
    value: Any = importlib.import_module(module)
    for step in path.split("."):
        value = getattr(value, step.removesuffix("()"))
        if step.endswith("()"):
            value = value()
    return value


def text_of(value: Any) -> Facts:
    """Return the text of a URL in any of the types that projects keep it in."""
    if hasattr(value, "get_secret_value"):
        return {"kind": "secret", "text": value.get_secret_value()}
    if hasattr(value, "render_as_string"):
        return {"kind": "url", "text": value.render_as_string(hide_password=False)}
    return {"kind": "text", "text": "" if value is None else str(value)}


def password_of(provider: Any, url: str) -> Facts:
    """Return the text that a function gives, or in one word why there is none.

    The function may be async, and may take the URL, which has no password.
    """
    if not callable(provider):
        return {"wrong": "no function"}
    needed = taken(provider)
    if needed > 1:
        return {"wrong": "two arguments"}
    try:
        if needed:
            from sqlalchemy.engine import make_url

            value = provider(make_url(url))
        else:
            value = provider()
        if inspect.isawaitable(value):
            import asyncio

            value = asyncio.run(awaited(value))
    except BaseException as error:  # noqa: BLE001  (told by its type; its text may be a secret)
        return {"failure": {**described(error), "message": ""}}
    text = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    if not text:
        return {"wrong": "empty"}
    return {"text": text} if isinstance(text, str) else {"wrong": "no text"}


def taken(provider: Callable[..., Any]) -> int:
    """Return how many arguments a function must be given: of those that it takes, no defaults."""
    try:
        parameters = inspect.signature(provider).parameters.values()
    except (TypeError, ValueError):
        return 0
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters)


async def awaited(value: Any) -> Any:
    """Return what an awaitable gives."""
    return await value


def described(error: BaseException) -> Facts:
    """Return what a failure is, without the values that its message may carry."""
    file, line = place_of(error)
    return {
        "type": type(error).__name__,
        "module": type(error).__module__,
        "message": str(error),
        "file": file,
        "line": line,
        "missing": missing(error),
    }


def place_of(error: BaseException) -> tuple[str | None, int | None]:
    """Return (file, line) of the project's last line that was running."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if not LIBRARY.search(frame.filename) and frame.filename != __file__:
            return frame.filename, frame.lineno
    return None, None


def missing(error: BaseException) -> Facts | None:
    """Return {"kind", "names"} of what the project lacks to be imported; None for another fault."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return {"kind": "module", "names": [error.name]}
    if type(error).__name__ in ("ValidationError", "SettingsError"):
        return missing_settings(error)
    if isinstance(error, KeyError) and asked_environment(error):
        return {"kind": "variable", "names": [str(error.args[0])]}
    quoted = re.match(
        r"(?:Config |Environment variable )?['\"]?(\w+)['\"]? (?:is missing, and has no default"
        r"|not found\. Declare it as envvar|not set)",
        str(error.args[0]) if error.args else "",
    )
    return {"kind": "variable", "names": [quoted[1]]} if quoted else None


def asked_environment(error: BaseException) -> bool:
    """Tell whether a KeyError came out of `os.environ`."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and frames[-1].filename in (os.__file__, "<frozen os>")


def missing_settings(error: Any) -> Facts | None:
    """Return the environment variables of the settings fields that pydantic says are wrong."""
    try:
        faults = error.errors()
    except Exception:  # noqa: BLE001  (a foreign class of the same name)
        return None
    kind = settings_class(error)
    names: list[str] = []
    wrong: list[str] = []
    for fault in faults:
        path = [str(step) for step in fault.get("loc", ())]
        lacks = fault.get("type") in ("missing", "value_error.missing")
        (names if lacks else wrong).extend(variables(kind, path, inner=lacks))
    return {"kind": "setting", "names": names, "wrong": wrong}


def settings_class(error: Any) -> Any:
    """Return the settings class that was being made; None where no frame shows it."""
    frame = error.__traceback__
    while frame is not None:
        for name in ("__pydantic_self__", "self"):
            kind = type(frame.tb_frame.f_locals.get(name))
            if "env_prefix" in (getattr(kind, "model_config", None) or ()):
                return kind
            if hasattr(getattr(kind, "__config__", None), "env_prefix"):
                return kind
        frame = frame.tb_next
    return None


def variables(kind: Any, path: list[str], *, inner: bool) -> list[str]:
    """Return the environment variables behind a field of a settings class.

    Args:
        kind: The class.
        path: Names from the class to the field.
        inner: Whether to name the fields that the field's own model cannot do without.
    """
    older = getattr(getattr(kind, "__config__", None), "env_prefix", "")
    config = getattr(kind, "model_config", None) or {"env_prefix": older}
    delimiter = config.get("env_nested_delimiter")
    fields = getattr(kind, "model_fields", None) or {}
    # A field with an alias is read by that alone, without the prefix.
    aliased = bool(fields) and path[:1] != [] and path[0] not in fields
    prefix = "" if aliased else config.get("env_prefix") or ""
    field = fields.get(path[0]) if len(path) == 1 else None
    within = getattr(getattr(field, "annotation", None), "model_fields", None)
    paths = [path]
    if inner and delimiter and within:
        paths = [[*path, name] for name, item in within.items() if item.is_required()] or [path]
    return [(prefix + (delimiter or "__").join(steps)).upper() for steps in paths]


if __name__ == "__main__":
    main()
