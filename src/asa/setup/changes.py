"""What happens to each file of the environment, and to the file with asa's own settings."""

import re
from dataclasses import replace
from pathlib import Path

from asa.config import Config
from asa.errors import ConfigurationError
from asa.project.find import AlembicEnvironment
from asa.project.load import Installed
from asa.setup.environment import (
    EnvironmentFacts,
    alembic_ini,
    alembic_table,
    env_py,
    script_mako,
)
from asa.setup.formatter import formatter_of
from asa.setup.plan import Action, Change
from asa.setup.toml import Value, with_keys, with_table

__all__ = ["environment_changes"]

PYPROJECT_SINCE = (1, 16)


def environment_changes(
    config: Config,
    facts: EnvironmentFacts,
    existing: AlembicEnvironment | None,
    installed: Installed,
    *,
    pyproject: bool,
) -> tuple[Change, ...]:
    """Return what happens to each file, in the order in which it is shown.

    Args:
        config: Settings of the repository as they are.
        facts: What the generated files depend on.
        existing: The environment that is there already; its files are kept.
        installed: What the project's interpreter has.
        pyproject: Whether the settings of a new environment go to pyproject.toml.

    Raises:
        ConfigurationError: pyproject.toml cannot take them.
    """
    root = config.root
    facts = replace(
        facts,
        formatter=formatter_of(root, facts.pythonpath, installed),
        alembic=installed.alembic,
    )
    in_pyproject = existing.in_pyproject if existing else pyproject
    settings = settings_file(config, existing, in_pyproject=in_pyproject)
    changes = [
        env_change(root, facts),
        new_or_kept(root, f"{facts.location}/script.py.mako", script_mako()),
    ]
    if not in_pyproject:
        changes.insert(0, new_or_kept(root, settings, alembic_ini(facts)))
    elif existing is None:
        check_pyproject(root, installed)
    table = alembic_table(facts) if in_pyproject and existing is None else None
    return (*changes, own_settings(config, facts, settings, table))


def settings_file(
    config: Config, existing: AlembicEnvironment | None, *, in_pyproject: bool
) -> str:
    """Return the path of the environment's Alembic settings."""
    if existing:
        return existing.settings
    if config.database and config.alembic:
        return config.alembic
    return "pyproject.toml" if in_pyproject else "alembic.ini"


def env_change(root: Path, facts: EnvironmentFacts) -> Change:
    """Return the change that writes env.py; into one of asa's own it puts the lock."""
    path = f"{facts.location}/env.py"
    text = env_py(facts)
    imports = f"async, imports {plural(len(facts.modules), 'module')}"
    before = env_py(replace(facts, lock=False))
    if facts.lock and (root / path).is_file() and (root / path).read_bytes() == before.encode():
        return Change(Action.EDIT, path, "carries the upgrade lock", text, before)
    return new_or_kept(root, path, text, f"{imports}, locks" if facts.lock else imports)


def check_pyproject(root: Path, installed: Installed) -> None:
    """See that Alembic's settings can live in pyproject.toml.

    Raises:
        ConfigurationError: There is none, or the project's Alembic is too old to read it.
    """
    if not (root / "pyproject.toml").is_file():
        raise ConfigurationError(
            f"there is no pyproject.toml in {root}", "leave --pyproject out: asa init"
        )
    version = installed.alembic
    numbers = tuple(int(part) for part in re.findall(r"\d+", version or "")[:2])
    if version and numbers < PYPROJECT_SINCE:
        raise ConfigurationError(
            f"Alembic {version} does not read pyproject.toml; 1.16 is the first that does",
            "leave --pyproject out, or upgrade Alembic",
        )


def new_or_kept(root: Path, path: str, content: str, note: str = "") -> Change:
    """Return the change that writes a file, or keeps the one that is there."""
    if (root / path).exists():
        same = (root / path).read_bytes() == content.encode()
        return Change(Action.KEEP, path, "" if same else "yours, untouched")
    return Change(Action.WRITE, path, note, content)


def own_settings(
    config: Config, facts: EnvironmentFacts, settings: str, table: str | None
) -> Change:
    """Return the change to the file that holds asa's settings."""
    path = "pyproject.toml" if (config.root / "pyproject.toml").is_file() else "asa.toml"
    values: dict[str, Value] = {
        "url": facts.url.text,
        "metadata": facts.metadata[0] if len(facts.metadata) == 1 else facts.metadata,
        "alembic": settings,
    }
    file = config.root / path
    before = file.read_bytes().decode("utf-8") if file.is_file() else ""
    after = with_table(before, table) if table else before
    top = ("tool", "asa") if path == "pyproject.toml" else ()
    name = (*top, "databases", config.database) if config.database else top
    if facts.pythonpath != (".",):
        paths: dict[str, Value] = {"pythonpath": facts.pythonpath}
        if name == top:
            values |= paths
        else:
            after = with_keys(after, top, paths)
    after = with_keys(after, name, values)
    if after == before:
        return Change(Action.KEEP, path)
    lines = after.count("\n") - before.count("\n") - (table.count("\n") if table else 0)
    said = f"[{'.'.join(name)}]" if name else "asa's settings"
    shown = ", ".join([*(["[tool.alembic]"] if table else []), said])
    action = Action.EDIT if file.is_file() else Action.WRITE
    return Change(
        action,
        path,
        f"{shown}, {plural(setting_lines(lines, name, before), 'line')}",
        after,
        before,
    )


def setting_lines(lines: int, name: tuple[str, ...], before: str) -> int:
    """Return how many settings some new lines hold, a header and the blank line aside."""
    new_table = bool(name) and f"[{'.'.join(name)}]" not in before
    return lines - (2 if new_table and before.strip() else 1 if new_table else 0)


def plural(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
