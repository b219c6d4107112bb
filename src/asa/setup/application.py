"""The text of the files that an application starts with: models, sessions, endpoints."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from asa.config import UrlReference
from asa.setup.environment import url_lines, with_drivers
from asa.setup.templating import filled, template

__all__ = ["Home", "app_py", "base_model_py", "models_py", "pyproject_toml", "session_manager_py"]

NAMES = re.compile(r"^# Constraints with names.*?^\}\n\n\n", re.MULTILINE | re.DOTALL)
DRIVER = {"postgresql": "asyncpg>=0.29", "mysql": "aiomysql>=0.2", "sqlite": "aiosqlite>=0.19"}


@dataclass(frozen=True, slots=True)
class Home:
    """Where the application's files go.

    Attributes:
        root: The import root below the project's root; `.` is the root itself.
        package: The top-level package; empty where the modules lie at the import root.
    """

    root: str
    package: str

    def path(self, name: str) -> str:
        """Return the path of a module's file, below the project's root."""
        return (PurePosixPath(self.root) / self.package / f"{name}.py").as_posix()

    def module(self, name: str) -> str:
        """Return the dotted name of a module."""
        return f"{self.package}.{name}" if self.package else name


def base_model_py(metadata: tuple[str, str] | None = None) -> str:
    """Return the text of base_model.py.

    Args:
        metadata: (module, expression in it) of the MetaData that new tables join; None for one
            of the file's own.
    """
    text = template("base_model.py")
    if metadata is None:
        return filled(text, {"metadata": ("metadata = MetaData(naming_convention=NAMES)",)})
    module, expression = metadata
    attribute, dot, rest = expression.partition(".")
    text = NAMES.sub("", text).replace("DateTime, MetaData, String", "DateTime, String")
    local = "ProjectBase" if dot else "project_metadata"
    imported = f"from {module} import {attribute} as {local}\n"
    text = text.replace("\nif sys.version_info", f"\n{imported}\nif sys.version_info", 1)
    joined = "# Of the tables that are there already: one revision history holds them all."
    return filled(text, {"metadata": (joined, f"metadata = {local}{dot}{rest}")})


def session_manager_py(home: Home, url: UrlReference, kind: str, drivers: tuple[str, ...]) -> str:
    """Return the text of session_manager.py.

    Args:
        home: Where it goes.
        url: Where the application takes its URL from.
        kind: What the attribute behind that is: `text`, `url` or `secret`.
        drivers: The async drivers that the project has installed.
    """
    depth = len(PurePosixPath(home.path("session_manager")).parts) - 1
    return filled(
        with_drivers(template("session_manager.py"), drivers),
        {
            "root": (f"ROOT = Path(__file__).resolve().parents[{depth}]",),
            "url": url_lines(url, kind),
        },
    )


def models_py(home: Home) -> str:
    """Return the text of the module with a first table."""
    line = f"from {home.module('base_model')} import BaseModel"
    return filled(template("models.py"), {"base": (line,)})


def app_py(home: Home, model: tuple[str, str] | None) -> str:
    """Return the text of the application.

    Args:
        home: Where it goes.
        model: (module, class) whose rows its endpoint counts; None for the first table that
            asa writes, whose rows it lists and adds.
    """
    session = (f"from {home.module('session_manager')} import db, get_db",)
    if model is None:
        line = f"from {home.module('models')} import Note"
        return filled(template("app.py"), {"models": (line,), "session": session})
    module, name = model
    imports = sorted([f"from {module} import {name}", *session], key=lambda line: line.split()[1])
    return filled(
        template("app_counting.py"),
        {
            "models": tuple(imports),
            "session": (),
            "route": (f'@app.get("/{dashed(name)}/count")',),
            "query": (f"counted = select(func.count()).select_from({name})",),
        },
    )


def dashed(name: str) -> str:
    """Return a class's name as a path spells it: `OrderItem` is `order-item`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def pyproject_toml(name: str, home: Home, dialect: str, *, served: bool) -> str:
    """Return the text of pyproject.toml.

    Args:
        name: The project's, spelled as the folder is.
        home: Where the application is.
        dialect: Whose driver it needs.
        served: Whether there is an application to serve.
    """
    spelled = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "application"
    text = template("pyproject.toml").replace('name = "application"', f'name = "{spelled}"')
    text = text.replace("aiosqlite>=0.19", DRIVER[dialect]).replace(
        '["app"]', f'["{home.package}"]'
    )
    if not served:
        text = re.sub(r'^    "(?:fastapi|uvicorn)>=.*\n', "", text, flags=re.MULTILINE)
    return text
