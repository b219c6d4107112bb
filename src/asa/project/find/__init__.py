"""Read a repository's source, importing nothing: models, URL, sessions, Alembic environment."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asa.project.find.environment import (
    AlembicEnvironment,
    find_environments,
    find_sessions,
    find_unnamed,
)
from asa.project.find.facts import (
    FoundClass,
    FoundMetadata,
    FoundTable,
    FoundUrl,
    Place,
)
from asa.project.find.models import find_metadata
from asa.project.find.origin import Origins
from asa.project.find.patch import Patch, after_imports, patched, with_argument
from asa.project.find.reading import EnvironmentReading, Weakness
from asa.project.find.repository import Repository
from asa.project.find.revisions import tables_of_revisions
from asa.project.find.scheme import spoken_scheme
from asa.project.find.url import find_urls

__all__ = [
    "AlembicEnvironment",
    "EnvironmentReading",
    "FoundClass",
    "FoundMetadata",
    "FoundTable",
    "FoundUrl",
    "Patch",
    "Place",
    "ProjectSource",
    "Weakness",
    "after_imports",
    "find_project",
    "patched",
    "spoken_scheme",
    "tables_of_revisions",
    "with_argument",
]

SPEAKS_OF_TABLES = re.compile(r"\b(?:sqlalchemy|sqlmodel|__tablename__)\b")


@dataclass(frozen=True, slots=True)
class ProjectSource:
    """What a repository's source tells.

    Attributes:
        root: Its directory.
        metadata: Every MetaData with tables, the one with most first.
        urls: Where the database URL may come from, the likeliest first.
        sessions: Where engines and session factories are made.
        environments: Alembic environments, those nearest the root first.
        unnamed: Directories of environments that no settings file names, below the root.
        import_roots: Import root of each module that defines models, by module name.
        files: How many Python files were looked at.
        unparsed: Where files that speak of tables are no Python, and the parser's words.
    """

    root: Path
    metadata: tuple[FoundMetadata, ...]
    urls: tuple[FoundUrl, ...]
    sessions: tuple[Place, ...]
    environments: tuple[AlembicEnvironment, ...]
    unnamed: tuple[str, ...]
    import_roots: dict[str, str]
    files: int
    unparsed: tuple[tuple[Place, str], ...] = ()

    def pythonpath(self, *references: str) -> tuple[str, ...]:
        """Return the directories to put on `sys.path` for some modules or references."""
        modules = (reference.partition(":")[0] for reference in references)
        roots = dict.fromkeys(self.import_roots[m] for m in modules if m in self.import_roots)
        return tuple(roots)


def find_project(root: Path) -> ProjectSource:
    """Read the source of the repository in a directory."""
    root = root.resolve()
    repository = Repository(root)
    origins = Origins(repository)
    environments = find_environments(repository, origins)
    return ProjectSource(
        root=root,
        metadata=find_metadata(repository, origins),
        urls=find_urls(repository, read_dotenv(root)),
        sessions=find_sessions(repository),
        environments=environments,
        unnamed=find_unnamed(root, environments),
        import_roots={name: place[1] for name, place in repository.places.items()},
        files=len(repository.files),
        unparsed=tuple(find_unparsed(repository)),
    )


def find_unparsed(repository: Repository) -> Iterator[tuple[Place, str]]:
    """Yield where a module that may define tables does not parse, and the parser's words."""
    for module in repository.mentioning(SPEAKS_OF_TABLES):
        if module.error is not None:
            line, words = module.error
            yield Place(module.path, line), words


def read_dotenv(root: Path) -> dict[str, str | None]:
    """Return what `.env` sets, or `.env.example` where there is no `.env`."""
    for name in (".env", ".env.example", ".env.sample", ".env.template"):
        if (root / name).is_file():
            from dotenv import dotenv_values

            return dict(dotenv_values(root / name, interpolate=False))
    return {}
