"""Read how a project's source uses SQLAlchemy, importing nothing."""

import re
from pathlib import Path

from asa.model.design import SOFT_DELETE_COLUMNS
from asa.model.finding import Location
from asa.model.usage import Usage
from asa.project.find import ProjectSource
from asa.project.find.repository import Repository
from asa.project.usage.attributes import attributes_of
from asa.project.usage.deletions import deletions_in
from asa.project.usage.engines import engines_in, factories_in, requests_of
from asa.project.usage.functions import functions_in
from asa.project.usage.joined_loads import joined_loads_in
from asa.project.usage.shared_sessions import shared_sessions_in

__all__ = ["read_usage"]

SPEAKS_OF_SESSIONS = re.compile(
    r"sqlalchemy|sqlmodel|advanced_alchemy|\bsession\b|\bdb\b|Depends|Session\b"
)
SPEAKS_OF_ASYNC = re.compile(r"\b(?:AsyncSession|async_sessionmaker|create_async_engine)\b")
FILTERS_DELETED = re.compile(
    rf"\bwith_loader_criteria\b|\b(?:{'|'.join(sorted(SOFT_DELETE_COLUMNS))})\b\s*"
    r"(?:\.is_\(|\.is_not\(|\.isnot\(|==|!=)|~\w+\.(?:is_)?deleted\b"
)


def read_usage(root: Path, source: ProjectSource) -> Usage:
    """Return how the source of a repository uses SQLAlchemy.

    Args:
        root: Its directory.
        source: What reading its models told.
    """
    repository = Repository(root.resolve())
    modules = [m for m in repository.mentioning(SPEAKS_OF_SESSIONS) if m.error is None]
    functions = [function for module in modules for function in functions_in(module)]
    requests = requests_of(functions, repository)
    return Usage(
        engines=tuple(e for f in functions for e in engines_in(f, repository, requests)),
        factories=tuple(e for f in functions for e in factories_in(f, repository)),
        shared=tuple(found for f in functions for found in shared_sessions_in(f)),
        joined=tuple(found for f in functions for found in joined_loads_in(f)),
        deletions=tuple(found for f in functions for found in deletions_in(f, repository)),
        attributes=tuple(attributes_of(source, repository)),
        tables={
            table.name: Location(table.place.file, table.place.line)
            for found in source.metadata
            for table in found.tables
            if table.name
        },
        bases={
            found.reference: Location(found.place.file, found.place.line)
            for found in source.metadata
            if found.place
        },
        filters_deleted=anywhere(FILTERS_DELETED, repository),
        is_async=anywhere(SPEAKS_OF_ASYNC, repository),
    )


def anywhere(pattern: re.Pattern[str], repository: Repository) -> bool:
    """Tell whether a pattern is found in the source of the application."""
    return any(pattern.search(file.text) for file, _ in repository.places.values())
