"""A scratch directory goes where there is room and its server can reach it."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from asa.errors import ScratchError
from asa.scratch.account import Account
from asa.scratch.place import fits, free_directory, reaches, runs_programs

STRANGER = Account(54321, 54321)


def test_without_shared_memory_it_is_the_temporary_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """macOS has no /dev/shm."""
    monkeypatch.setattr("asa.scratch.place.MEMORY", tmp_path / "missing")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert free_directory().parent == tmp_path


def test_each_directory_is_another_and_not_made_yet() -> None:
    one, other = free_directory(), free_directory()
    assert one != other
    assert not one.exists()


def test_a_directory_that_the_account_cannot_pass_does_not_fit() -> None:
    # Not below tmp_path: with several test processes that is longer than a socket's path may be.
    with tempfile.TemporaryDirectory() as closed:
        inner = Path(closed) / "open"
        inner.mkdir()
        inner.chmod(0o777)
        assert not reaches(STRANGER, inner)
        assert fits(inner, None, programs=False)
        assert not fits(inner, STRANGER, programs=False)


def test_a_file_system_that_runs_no_programs_holds_no_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker mounts /dev/shm with noexec."""
    assert runs_programs(Path(sys.executable).parent)
    real = os.statvfs(tmp_path)
    mounted = os.statvfs_result((*real[:8], real.f_flag | os.ST_NOEXEC, real.f_namemax))
    monkeypatch.setattr(os, "statvfs", lambda _: mounted)
    assert fits(tmp_path, None, programs=False)
    assert not fits(tmp_path, None, programs=True)


def test_without_room_the_error_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asa.scratch.place.ROOM_BYTES", 2**80)
    with pytest.raises(ScratchError, match="no directory for a scratch database") as caught:
        free_directory()
    assert "TMPDIR" in caught.value.hint
