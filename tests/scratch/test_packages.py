"""The tests' own MariaDB: unpacked once, never guessed."""

from pathlib import Path

import pytest
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
