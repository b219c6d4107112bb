"""A project of the test's own, on each database."""

from pathlib import Path

import pytest
from tests.migrations.project import Project, make_project


@pytest.fixture
def project(tmp_path: Path, database_url: str) -> Project:
    """A project with a stock env.py on an empty database; the test runs on all three."""
    return make_project(tmp_path, database_url)


@pytest.fixture
def sqlite_project(tmp_path: Path, sqlite_url: str) -> Project:
    """The same on SQLite alone, where the database makes no difference."""
    return make_project(tmp_path, sqlite_url)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let kept replays lie where no other test and no user finds them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
