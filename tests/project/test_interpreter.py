"""Which interpreter is taken for the project's."""

import sys
from pathlib import Path

import pytest

from asa.config import Config
from asa.errors import ConfigurationError
from asa.project.interpreter import find_interpreter


@pytest.fixture(autouse=True)
def _nothing_active(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)


def environment(folder: Path) -> str:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return str(python)


def test_own_interpreter_where_nothing_else_is_found(tmp_path: Path) -> None:
    found = find_interpreter(Config(tmp_path))
    assert found.is_own
    assert found.origin == "the one asa runs in"


@pytest.mark.parametrize("name", [".venv", "venv", "backend/.venv"])
def test_environment_in_the_project(tmp_path: Path, name: str) -> None:
    python = environment(tmp_path / name)
    found = find_interpreter(Config(tmp_path))
    assert (found.path, found.origin) == (python, name)


def test_environment_above_a_part_of_a_repository(tmp_path: Path) -> None:
    python = environment(tmp_path / ".venv")
    (tmp_path / ".git").mkdir()
    (tmp_path / "backend").mkdir()
    assert find_interpreter(Config(tmp_path / "backend")).path == python


def test_environment_outside_the_repository_is_another_projects(tmp_path: Path) -> None:
    environment(tmp_path / ".venv")
    (tmp_path / "inner" / ".git").mkdir(parents=True)
    assert find_interpreter(Config(tmp_path / "inner")).is_own


def test_two_parts_with_environments_leave_it_open(tmp_path: Path) -> None:
    environment(tmp_path / "one" / ".venv")
    environment(tmp_path / "two" / ".venv")
    assert find_interpreter(Config(tmp_path)).is_own


def test_active_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(tmp_path / ".venv")
    active = environment(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert find_interpreter(Config(tmp_path)).path == active


def test_settings_come_before_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(tmp_path / ".venv")
    named = environment(tmp_path / "named")
    assert find_interpreter(Config(tmp_path, python="named")).path == named
    assert find_interpreter(Config(tmp_path, python="named/bin/python")).path == named


def test_settings_that_name_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="gone"):
        find_interpreter(Config(tmp_path, python="gone"))


def test_condas_base_is_no_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(tmp_path / "conda")
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "conda"))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "base")
    assert find_interpreter(Config(tmp_path)).is_own
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "shop")
    assert find_interpreter(Config(tmp_path)).origin == "CONDA_PREFIX"
