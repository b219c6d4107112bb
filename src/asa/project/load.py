"""Import the project's modules in its own interpreter and bring back what they define."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asa.config import Config, environment
from asa.errors import ProjectError
from asa.model.mapping import MappedClass, ProjectModels
from asa.project.failure import explained, redacted
from asa.project.find import FoundClass, FoundMetadata, ProjectSource, find_project
from asa.project.interpreter import Interpreter, find_interpreter
from asa.project.mapping import mapped_class, metadata_facts

__all__ = ["Installed", "Loaded", "load_attribute", "load_metadata", "load_models"]

WORKER = Path(__file__).with_name("worker.py")
# Of wall time: models that drag in a whole application need half a minute of CPU time.
LIMIT_S = 180.0
# Set for asa's own interpreter, and wrong for another one.
NOT_INHERITED = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")


@dataclass(frozen=True, slots=True)
class Installed:
    """What the project's interpreter has.

    Attributes:
        interpreter: Which one.
        python: Its version.
        alembic: Version, None where it is not installed; likewise `sqlalchemy`.
        dotenv: Whether python-dotenv is there; likewise `greenlet`, which async needs.
        drivers: Names of the async database drivers.
        formatters: Those of ruff and black that are there.
    """

    interpreter: Interpreter
    python: str
    alembic: str | None
    sqlalchemy: str | None
    dotenv: bool
    greenlet: bool
    drivers: tuple[str, ...]
    formatters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came back from one run in the project's interpreter.

    Attributes:
        models: Metadata and classes.
        shared: References that stand for one and the same MetaData, grouped.
        direct: References that are a MetaData themselves, not a base that has one.
        unnamed: References of MetaData without a naming convention.
    """

    models: ProjectModels
    installed: Installed
    shared: tuple[tuple[str, ...], ...]
    direct: frozenset[str]
    unnamed: frozenset[str] = frozenset()


def load_models(config: Config, source: ProjectSource | None = None) -> ProjectModels:
    """Import all model modules of the project and return what they map.

    The modules are found by reading the source; `config.metadata` chooses among several
    MetaData, all of them where it is empty. What reading the source told may be given.

    Raises:
        ProjectError: There are no models, a module cannot be imported, or a class that the
            source maps is not there after the import.
    """
    source = source or find_project(config.root)
    chosen = config.metadata or tuple(found.reference for found in source.metadata)
    if not chosen:
        raise ProjectError(
            f"no models were found in {config.root}", "asa init, or set metadata in [tool.asa]"
        )
    roots = config.pythonpath or source.pythonpath(*(m for f in source.metadata for m in f.modules))
    wanted = [found for found in source.metadata if found.reference in chosen] or source.metadata
    return load_metadata(config, wanted, references=chosen, pythonpath=roots).models


def load_metadata(
    config: Config,
    found: Sequence[FoundMetadata],
    *,
    references: Sequence[str] = (),
    pythonpath: Sequence[str] = (),
    limit_s: float = LIMIT_S,
) -> Loaded:
    """Import the modules of some MetaData and compare what they map with their source.

    Args:
        config: For root, interpreter and environment.
        found: What reading the source told.
        references: `module:attribute` of each MetaData; those found when empty.
        pythonpath: Directories below root for `sys.path`; the root itself when empty.
        limit_s: Seconds that the import may take.

    Raises:
        ProjectError: As `load_models`.
    """
    references = tuple(references) or tuple(item.reference for item in found)
    modules = tuple(dict.fromkeys(module for item in found for module in item.modules))
    starters = tuple(f"{starter}()" for item in found for starter in item.starters)
    request = {"modules": modules, "references": references, "starters": starters}
    interpreter = find_interpreter(config)
    facts = ask(config, interpreter, request, pythonpath, limit_s)
    sources = {(c.module, c.name): c for item in found for c in item.classes}
    classes = tuple(mapped_class(entry, sources) for entry in facts["classes"])
    check_complete(sources.values(), classes)
    check_held(facts, sources)
    metadata = tuple(metadata_facts(entry) for entry in facts["metadata"])
    return Loaded(
        models=ProjectModels(metadata, classes, modules),
        installed=installed(facts["installed"], interpreter),
        shared=grouped(facts["metadata"]),
        direct=frozenset(e["reference"] for e in facts["metadata"] if e["direct"]),
        unnamed=frozenset(e["reference"] for e in facts["metadata"] if not e["named"]),
    )


def load_attribute(config: Config, module: str, attribute: str) -> str:
    """Return the text of a URL or settings attribute of the project.

    Args:
        config: For root, interpreter, environment and pythonpath.
        module: Dotted module.
        attribute: Dotted attribute; a step may end in `()` to be called.

    Raises:
        ProjectError: The module cannot be imported, or the attribute is not there or empty.
    """
    return attribute_of(config, f"{module}:{attribute}", config.pythonpath)[1]


def attribute_of(config: Config, reference: str, pythonpath: Sequence[str] = ()) -> tuple[str, str]:
    """Return (`text`, `url` or `secret`, its text) of an attribute of the project."""
    interpreter = find_interpreter(config)
    facts = ask(config, interpreter, {"attribute": reference}, pythonpath, LIMIT_S)
    kind, text = facts["attribute"]["kind"], facts["attribute"]["text"]
    if not text:
        raise ProjectError(
            f"{reference} is empty", "set what it reads in the environment or in .env"
        )
    return str(kind), str(text)


def ask(
    config: Config,
    interpreter: Interpreter,
    request: dict[str, Any],
    pythonpath: Sequence[str],
    limit_s: float,
) -> dict[str, Any]:
    """Run the worker on one request and return its facts.

    Raises:
        ProjectError: It failed, ended without an answer, or took too long.
    """
    roots = [str(config.root / path) for path in (*pythonpath, ".")]
    told, ended = run(config, interpreter, dict.fromkeys(roots), request, limit_s)
    importing = next((t["importing"] for t in reversed(told) if "importing" in t), "the project")
    for answer in told:
        if "facts" in answer:
            facts: dict[str, Any] = answer["facts"]
            return facts
        if "failure" in answer:
            raise explained(answer["failure"], importing, config.root, interpreter)
    if ended is None:
        raise ProjectError(
            f"importing {importing} took longer than {limit_s:.0f} s",
            f'{interpreter.path} -X importtime -c "import {importing}" shows what takes long;'
            " what connects or waits belongs into a function",
        )
    raise ProjectError(
        f"{interpreter.path} ended while importing {importing}",
        f'{interpreter.path} -c "import {importing}" shows why',
        details=(("python", f"{interpreter.path}   ({interpreter.origin})"), ("said", ended)),
    )


def run(
    config: Config,
    interpreter: Interpreter,
    roots: Iterable[str],
    request: dict[str, Any],
    limit_s: float,
) -> tuple[list[dict[str, Any]], str | None]:
    """Run the worker; return what it told, and its last line on stderr (None after the limit)."""
    settings = {k: v for k, v in environment(config.root).items() if k not in NOT_INHERITED}
    if interpreter.is_own and "PYTHONPATH" in os.environ:
        settings["PYTHONPATH"] = os.environ["PYTHONPATH"]
    settings["PYTHONDONTWRITEBYTECODE"] = "1"
    # A file, not a pipe: a process that the project leaves behind would keep a pipe open.
    with tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(
                [interpreter.path, str(WORKER), *roots],
                input=json.dumps(request).encode(),
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=config.root,
                env=settings,
                timeout=limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired as expired:
            return lines(expired.stdout or b""), None
        except OSError as error:
            raise ProjectError(
                f"the project's interpreter does not start: {interpreter.path}: {error.strerror}",
                "set python in [tool.asa]",
            ) from None
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip().splitlines()
    return lines(done.stdout), redacted(said[-1]) if said else f"exit code {done.returncode}"


def lines(told: bytes) -> list[dict[str, Any]]:
    """Return the JSON lines of an answer that may be cut off."""
    whole = told[: told.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines()]


def check_complete(sources: Iterable[FoundClass], classes: tuple[MappedClass, ...]) -> None:
    """See that every class that the source maps was mapped.

    Raises:
        ProjectError: One is missing; its table would be taken for dropped.
    """
    loaded = {(c.module, c.name) for c in classes}
    lost = [c for c in sources if not c.conditional and (c.module, c.name) not in loaded]
    if lost:
        raise ProjectError(
            f"class {lost[0].name} looks mapped in the source but is not after its import",
            "if it has no table, say __abstract__ = True in it",
            details=tuple((c.name, str(c.place)) for c in lost[:5]),
        )


def check_held(facts: dict[str, Any], sources: dict[tuple[str, str], FoundClass]) -> None:
    """See that the tables of the mapped classes are in one of the MetaData asked for.

    Raises:
        ProjectError: One is not; no revision would make it, and one would drop it.
    """
    held = {entry["identity"] for entry in facts["metadata"]}
    for entry in facts["classes"]:
        source = sources.get((entry["module"], entry["name"]))
        if source is not None and entry["metadata"] not in held:
            raise ProjectError(
                f"the table of class {source.name} is in another MetaData than its base's",
                "name the MetaData that holds it: asa init --metadata module:attribute",
                details=((source.name, str(source.place)),),
            )


def grouped(entries: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], ...]:
    """Return the references, those of one MetaData together."""
    groups: dict[int, list[str]] = {}
    for entry in entries:
        groups.setdefault(entry["identity"], []).append(entry["reference"])
    return tuple(tuple(group) for group in groups.values())


def installed(facts: dict[str, Any], interpreter: Interpreter) -> Installed:
    """Return what the worker told of its interpreter."""
    versions = facts["versions"]
    return Installed(
        interpreter=interpreter,
        python=facts["python"],
        alembic=versions["alembic"],
        sqlalchemy=versions["sqlalchemy"],
        dotenv=versions["python-dotenv"] is not None,
        greenlet=versions["greenlet"] is not None,
        drivers=tuple(facts["drivers"]),
        formatters=tuple(facts["formatters"]),
    )
