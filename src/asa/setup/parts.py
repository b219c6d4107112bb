"""The files of an application that are written along: `--models`, `--session`, `--app`."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from asa.config import Config
from asa.errors import ProjectError
from asa.project.find import FoundMetadata, ProjectSource
from asa.project.interpreter import find_interpreter
from asa.setup.application import Home, app_py, base_model_py, session_manager_py
from asa.setup.changes import new_or_kept
from asa.setup.environment import EnvironmentFacts
from asa.setup.plan import Change

__all__ = ["EVERYTHING", "NOTHING", "Parts", "added", "first_class", "home_of", "missing"]

LIMIT_S = 20
PACKAGES = {"dotenv": "python-dotenv"}  # that are not called as they are imported


@dataclass(frozen=True, slots=True)
class Parts:
    """Which files of an application the user asked for.

    Attributes:
        models: base_model.py.
        session: session_manager.py.
        app: The application, which needs sessions too.
    """

    models: bool = False
    session: bool = False
    app: bool = False

    def __bool__(self) -> bool:
        """Whether any was asked for."""
        return self.models or self.session or self.app


NOTHING = Parts()
EVERYTHING = Parts(models=True, session=True, app=True)


def added(
    root: Path,
    home: Home,
    parts: Parts,
    facts: EnvironmentFacts,
    model: tuple[str, str] | None = None,
) -> tuple[tuple[Change, ...], str | None]:
    """Return the changes that write what was asked for, and the command that serves it.

    Args:
        root: The project's root.
        home: Where the files go.
        parts: What was asked for.
        facts: What the project is like; a base model joins its first MetaData.
        model: (module, class) for the application's endpoint; None for asa's first table.
    """
    changes = []
    if parts.models:
        module, _, path = facts.metadata[0].partition(":")
        expression = path if facts.metadata[0] in facts.direct else f"{path}.metadata"
        text = base_model_py((module, expression))
        changes.append(new_or_kept(root, home.path("base_model"), text, "joins your tables"))
    if parts.session or parts.app:
        text = session_manager_py(home, facts.url, facts.url_kind, facts.drivers)
        changes.append(new_or_kept(root, home.path("session_manager"), text, "engine, get_db"))
    if not parts.app:
        return tuple(changes), None
    text = app_py(home, model)
    changes.append(new_or_kept(root, home.path("main"), text, "FastAPI, /health"))
    below = "" if home.root == "." else f" --app-dir {home.root}"
    return tuple(changes), f"uvicorn {home.module('main')}:app{below}"


def home_of(source: ProjectSource, found: FoundMetadata) -> Home:
    """Return where files go that stand beside the project's models."""
    module = found.reference.partition(":")[0]
    root = source.import_roots.get(module, ".")
    top = module.partition(".")[0]
    flat = "." not in module and not (source.root / root / top).is_dir()
    return Home(root, "" if flat else top)


def first_class(found: FoundMetadata) -> tuple[str, str]:
    """Return (module, class) of a mapped class that an endpoint can count.

    Raises:
        ProjectError: There are tables only.
    """
    if not found.classes:
        raise ProjectError(
            f"{found.reference} has no mapped class that an endpoint could read",
            "leave --app out: asa init --session",
        )
    return found.classes[0].module, found.classes[0].name


def missing(config: Config, modules: tuple[str, ...], install: str | None = None) -> str | None:
    """Return a note on the modules that the project's interpreter does not have.

    Args:
        config: For the interpreter.
        modules: Names by which they are imported.
        install: What installs them; None for pip and their names.
    """
    ask = "import sys, importlib.util as u; print(*[m for m in sys.argv[1:] if not u.find_spec(m)])"
    try:
        told = subprocess.run(
            [find_interpreter(config).path, "-c", ask, *modules],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    absent = told.stdout.split()
    if not absent:
        return None
    names = [PACKAGES.get(module, module) for module in absent]
    command = install or f"pip install {' '.join(names)}"
    return f"not installed in the project's environment: {', '.join(names)}; {command}"
