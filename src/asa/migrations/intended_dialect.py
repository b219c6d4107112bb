"""Which kind of database a project's revisions are meant for, where none can be asked."""

import re
from pathlib import Path

from asa.database.url import FAMILIES
from asa.errors import ConfigurationError
from asa.migrations.environment import Environment

__all__ = ["dialect_meant"]

SCHEME = re.compile(r"\b([a-z]+)(?:\+[a-z0-9_]+)?://")
EXAMPLES = (".env", ".env.example", ".env.sample", ".env.template", "docker-compose.yml")


def dialect_meant(environment: Environment, env_py: Path) -> str:
    """Return the one dialect whose URLs the project's files write.

    Raises:
        ConfigurationError: They write none, or several.
    """
    if environment.database is not None:
        return environment.database.dialect
    root = environment.config.root
    files = [environment.ini, env_py, *(root / name for name in EXAMPLES)]
    for file in files:
        found = {FAMILIES[name] for name in schemes(file) if name in FAMILIES}
        if len(found) == 1:
            return found.pop()
    raise ConfigurationError(
        "no database tells which dialect the revisions are meant for",
        "asa review --dialect postgresql   (or mysql, mariadb, sqlite)",
    )


def schemes(file: Path | None) -> list[str]:
    """Return the URL schemes that a file writes."""
    if file is None or not file.is_file():
        return []
    return SCHEME.findall(file.read_text(encoding="utf-8", errors="replace"))
