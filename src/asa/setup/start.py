"""Plan a project that has no models yet: all that an application starts with."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from asa.config import Config, UrlReference, environment
from asa.errors import ProjectError
from asa.project.find import FoundMetadata, ProjectSource, find_project
from asa.project.interpreter import find_interpreter
from asa.project.load import Loaded, load_metadata
from asa.setup.advice import lacking
from asa.setup.application import Home, base_model_py, models_py, pyproject_toml
from asa.setup.changes import environment_changes, new_or_kept
from asa.setup.choice import choose_url, seen_url, with_driver
from asa.setup.environment import EnvironmentFacts
from asa.setup.parts import EVERYTHING, Parts, added, missing
from asa.setup.plan import Action, Change, ChosenMetadata, ChosenUrl, InitPlan
from asa.setup.toml import with_keys

__all__ = ["plan_start", "starts"]

# What may lie in a folder that nobody has begun to work in.
PRELIMINARY = ("readme", "license", "licence", "pyproject.toml", "requirements", "uv.lock")
NEEDED = ("sqlalchemy", "greenlet", "alembic", "dotenv")
SERVING = ("fastapi", "uvicorn")
IGNORED = ".env\n.venv/\n__pycache__/\n*.db\n*.db-shm\n*.db-wal\n"


def starts(source: ProjectSource, parts: Parts) -> Parts | None:
    """Return what a project without models starts with; None where it cannot be a start."""
    if source.metadata or source.environments:
        return None
    if parts.models:
        return parts
    names = (path.name for path in source.root.iterdir())
    empty = all(name.lower().startswith((".", *PRELIMINARY)) for name in names)
    return EVERYTHING if empty and not source.files and not parts else None


def plan_start(
    config: Config,
    source: ProjectSource,
    parts: Parts,
    *,
    url: str | None,
    location: str,
    lock: bool = False,
) -> InitPlan:
    """Plan the files of an application, and the environment that migrates its first table.

    Args:
        config: Settings of the folder as they are.
        source: What reading it told: no models.
        parts: What to write.
        url: What the user gave by `--url`.
        location: Directory of env.py below the root.
        lock: Whether env.py is to carry the upgrade lock.

    Raises:
        ProjectError: The files do not work together with what is there.
        ConfigurationError: The URL carries a password.
    """
    root = config.root
    environ = environment(root)
    chosen_url, _ = choose_url(config, source, url, environ)
    chosen_url, setting = with_setting(root, chosen_url, environ)
    home = chosen_home(root, source)
    files = [new_or_kept(root, home.path("base_model"), base_model_py(), "UUID key, timestamps")]
    files.append(new_or_kept(root, home.path("models"), models_py(home), "a first table"))
    if not (root / home.path("__init__")).exists():
        said = '"""The application."""\n'
        files.insert(0, Change(Action.WRITE, home.path("__init__"), content=said))
    found, loaded, note = tried(config, home, files)
    chosen_url, kind, unseen = seen_url(config, chosen_url, (home.root,))
    chosen_url, driver_note = with_driver(chosen_url, loaded.installed.drivers)
    reference = UrlReference(chosen_url.reference, chosen_url.origin)
    facts = EnvironmentFacts(
        location=location,
        pythonpath=(home.root,),
        modules=loaded.models.modules,
        metadata=(found.reference,),
        others=(),
        direct=frozenset(),
        starters=(),
        url=reference,
        url_kind=kind,
        drivers=loaded.installed.drivers,
        lock=lock,
    )
    rest, serve = added(root, home, replace(parts, models=False), facts)
    environment_files = environment_changes(config, facts, None, loaded.installed, pyproject=False)
    packaging = None
    if not (root / "pyproject.toml").exists():
        *environment_files, _ = environment_files  # type: ignore[assignment]
        packaging = new_pyproject(root, home, facts, chosen_url.dialect or "sqlite", parts)
    changes = (packaging, setting, ignored(root, setting), *files, *rest, *environment_files)
    absent = missing(
        config,
        (*NEEDED, chosen_url.driver or "aiosqlite", *(SERVING if parts.app else ())),
        "pip install -e ." if packaging else None,
    )
    notes = (
        absent or note,
        *(() if absent else lacking(loaded.installed, root, chosen_url)),
        None if absent else driver_note,
        f"the URL could not be read now: {unseen}" if unseen else None,
    )
    return InitPlan(
        root=root,
        metadata=(ChosenMetadata(found.reference, found.table_count, found.modules),),
        url=chosen_url,
        changes=tuple(change for change in changes if change),
        folders=(f"{location}/versions",),
        notes=tuple(text for text in notes if text),
        installed=loaded.installed,
        serve=serve,
    )


def chosen_home(root: Path, source: ProjectSource) -> Home:
    """Return where the application's files go: into its only package, else into `app`."""
    for below in (".", "src"):
        packages = sorted(path.parent.name for path in (root / below).glob("*/__init__.py"))
        if len(packages) == 1 and source.files:
            return Home(below, packages[0])
    return Home(".", "app")


def with_setting(
    root: Path, url: ChosenUrl, environ: Mapping[str, str]
) -> tuple[ChosenUrl, Change | None]:
    """Return the URL, and the change to `.env` that sets its variable where nothing does."""
    variable = UrlReference(url.reference, url.origin).variable
    if variable is None or environ.get(variable):
        return url, None
    line = f"{variable}=sqlite+aiosqlite:///app.db\n"
    file = root / ".env"
    before = file.read_bytes().decode() if file.is_file() else None
    action = Action.WRITE if before is None else Action.EDIT
    start = f"{before}\n" if before and not before.endswith("\n") else before or ""
    change = Change(action, ".env", "a SQLite database, app.db", start + line, before)
    return ChosenUrl(url.reference, "set in .env", "sqlite", "aiosqlite"), change


def ignored(root: Path, setting: Change | None) -> Change | None:
    """Return the change that keeps `.env` and the database out of git, in a new folder."""
    if setting is None or setting.action is Action.EDIT or (root / ".gitignore").exists():
        return None
    return Change(Action.WRITE, ".gitignore", ".env and the database", IGNORED)


def tried(
    config: Config, home: Home, files: list[Change]
) -> tuple[FoundMetadata, Loaded, str | None]:
    """Import the planned models aside, in the project's interpreter.

    Returns:
        What they define, as read and as imported, and a note where the project's interpreter
        could not import them, so that asa's own did.

    Raises:
        ProjectError: They define no tables: files with their names are there already.
    """
    interpreter = find_interpreter(config)
    with tempfile.TemporaryDirectory(prefix="asa-init-") as name:
        stage = Path(name)
        for change in files:
            path = stage / change.path
            path.parent.mkdir(parents=True, exist_ok=True)
            content = change.content
            path.write_text(content or (config.root / change.path).read_text("utf-8"), "utf-8")
        found = next(iter(find_project(stage).metadata), None)
        if found is None:
            raise ProjectError(
                f"{home.path('models')} is there already, and defines no tables",
                f"write a model in it, from {home.module('base_model')}:BaseModel",
            )
        staged = replace(config, root=stage, python=interpreter.path)
        try:
            return found, load_metadata(staged, (found,), pythonpath=(home.root,)), None
        except ProjectError as error:
            own = replace(staged, python=None)
            if interpreter.is_own:
                raise
            loaded = load_metadata(own, (found,), pythonpath=(home.root,))
            return found, loaded, f"{interpreter.origin}: {error.message}"


def new_pyproject(
    root: Path, home: Home, facts: EnvironmentFacts, dialect: str, parts: Parts
) -> Change:
    """Return the change that writes pyproject.toml, asa's settings in it."""
    text = pyproject_toml(root.name, home, dialect, served=parts.app)
    settings = {"url": facts.url.text, "metadata": facts.metadata[0], "alembic": "alembic.ini"}
    text = with_keys(text, ("tool", "asa"), settings)
    return Change(Action.WRITE, "pyproject.toml", "dependencies, [tool.asa]", text)
