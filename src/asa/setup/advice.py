"""What the user should know beside the plan: what is missing, what is weak, each with its edit."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from asa.config import UrlReference
from asa.project.find import EnvironmentReading
from asa.project.load import Installed
from asa.setup.plan import ChosenUrl

__all__ = ["lacking", "weak_points"]


def lacking(installed: Installed, root: Path, url: ChosenUrl) -> Iterator[str]:
    """Yield what the project's environment needs before plain Alembic works in it."""
    if installed.alembic is None:
        yield "alembic is not installed in the project's environment: pip install alembic"
    if not installed.greenlet:
        needed = 'pip install "sqlalchemy[asyncio]"'
        yield f"greenlet, which async SQLAlchemy needs, is not installed there: {needed}"
    variable = UrlReference(url.reference, url.origin).variable
    only_there = variable is not None and variable not in os.environ
    if only_there and (root / ".env").is_file() and not installed.dotenv:
        needed = "pip install python-dotenv"
        yield f"plain alembic does not read .env without python-dotenv: {needed}"


def weak_points(
    reading: EnvironmentReading, modules: Sequence[str], dialect: str | None
) -> Iterator[str]:
    """Yield what in the project's own env.py will go wrong, each with its edit."""
    lost = [m for m in modules if reading.reached is not None and m not in reading.reached]
    if lost:
        names = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
        what = "its tables go unseen or are dropped"
        yield f"{reading.place.file} does not import {names}: {what}; add import {lost[0]}"
    batch = reading.options is None or "render_as_batch" in reading.options
    if dialect == "sqlite" and not batch:
        edit = "add render_as_batch=True to context.configure"
        yield f"{reading.place.file} has no batch mode, which SQLite needs: {edit}"
    for weakness in reading.weaknesses:
        yield f"{weakness.place} {weakness.what}: {weakness.edit}"
