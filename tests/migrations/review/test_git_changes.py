"""Where git tells nothing, the reason is told and what to type."""

import subprocess
from pathlib import Path

import pytest

from asa.errors import UsageError
from asa.migrations.review.git_changes import changed_since


def refused(root: Path) -> UsageError:
    with pytest.raises(UsageError) as error:
        changed_since(root, "main")
    return error.value


def test_a_directory_outside_of_any_repository(tmp_path: Path) -> None:
    assert refused(tmp_path).message.endswith("is in no git repository")


def test_a_checkout_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose user is not the one that checked the code out."""
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert refused(tmp_path).hint == f"git config --global --add safe.directory {tmp_path}"


def test_a_machine_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused(tmp_path).hint == "install git, or asa review --all"
