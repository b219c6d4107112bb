"""Alembic's settings are found wherever Alembic itself would take them from."""

from pathlib import Path

import alembic
import pytest

from asa.config import Config
from asa.errors import ConfigurationError
from asa.migrations.environment import alembic_version, find_environment

needs_pyproject = pytest.mark.skipif(
    alembic_version() < (1, 16), reason=f"Alembic {alembic.__version__} reads no pyproject.toml"
)


def test_without_settings_init_is_the_way(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no Alembic environment") as caught:
        find_environment(Config(root=tmp_path))
    assert caught.value.hint == "asa init"


def test_alembic_ini_in_the_root_is_found(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\n")
    found = find_environment(Config(root=tmp_path))
    assert (found.ini, found.toml) == (tmp_path / "alembic.ini", None)
    assert found.directory == tmp_path


@needs_pyproject
def test_a_table_in_pyproject_is_found(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.alembic]\nscript_location = 'm'\n")
    found = find_environment(Config(root=tmp_path))
    assert (found.ini, found.toml) == (None, tmp_path / "pyproject.toml")
    assert found.alembic_config().get_alembic_option("script_location") == "m"


@needs_pyproject
def test_both_count_where_both_are_there(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\n")
    (tmp_path / "pyproject.toml").write_text("[tool.alembic]\nscript_location = 'm'\n")
    found = find_environment(Config(root=tmp_path))
    assert found.alembic_config().get_alembic_option("script_location") == "m"


@pytest.mark.skipif(alembic_version() >= (1, 16), reason="this Alembic reads pyproject.toml")
def test_an_older_alembic_is_told_to_be_too_old(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.alembic]\nscript_location = 'm'\n")
    with pytest.raises(ConfigurationError, match=r"does not read \[tool\.alembic\]"):
        find_environment(Config(root=tmp_path))


def test_the_named_file_comes_first(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\n")
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "own.ini").write_text("[alembic]\n")
    found = find_environment(Config(root=tmp_path, alembic="db/own.ini"))
    assert found.ini == tmp_path / "db" / "own.ini"
    assert found.directory == tmp_path / "db"


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r'alembic = "own\.ini"'):
        find_environment(Config(root=tmp_path, alembic="own.ini"))


def test_a_broken_pyproject_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool\n")
    with pytest.raises(ConfigurationError, match=r"pyproject\.toml is not valid TOML"):
        find_environment(Config(root=tmp_path))


def test_import_paths_are_below_the_root(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\n")
    found = find_environment(Config(root=tmp_path, pythonpath=("src", ".")))
    assert found.import_paths == (str(tmp_path / "src"), str(tmp_path))
