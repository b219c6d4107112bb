"""A file comes whole or not at all."""

import stat
from pathlib import Path

import pytest

from asa.atomic_file import replacing


def test_it_takes_the_place_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("old")
    with replacing(file) as beside:
        beside.write_text("new")
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_its_permissions_are_those_asked_for(tmp_path: Path) -> None:
    for mode in (0o600, 0o644):
        with replacing(tmp_path / "a", mode) as beside:
            beside.write_text("")
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_what_was_there_stays_when_writing_fails(
    tmp_path: Path, error: type[BaseException]
) -> None:
    file = tmp_path / "a.json"
    file.write_text("old")

    def write() -> None:
        with replacing(file) as beside:
            beside.write_text("half")
            raise error

    with pytest.raises(error):
        write()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
