"""Which files names stand for: directories, patterns, and rotated sets in order of time."""

import os
from pathlib import Path

import pytest

from asa.errors import LogError
from asa.workload import read_workload
from asa.workload.readers.files import listed

SETS = {
    "numbered": ["db.log.10", "db.log.2.gz", "db.log.1", "db.log"],
    "dated after its end": ["slow.log-20261121.gz", "slow.log-20261122", "slow.log"],
    "dated in the middle": ["postgresql-2026-11-21_000000.log", "postgresql-2026-11-22_000000.log"],
    "by hours": ["log.2026-11-21.9", "log.2026-11-22.00", "log.2026-11-22.13", "log"],
}


@pytest.mark.parametrize("names", SETS.values(), ids=SETS)
def test_a_rotated_set_is_read_in_order_of_time(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;\n")
    wanted = tuple(str(tmp_path / name) for name in names)
    assert listed([str(tmp_path)]) == wanted
    assert listed(reversed(wanted)) == wanted
    assert listed([str(tmp_path / "*")]) == wanted


def test_days_of_the_week_go_by_when_they_were_written(tmp_path: Path) -> None:
    names = ["postgresql-Sun.log", "postgresql-Mon.log", "postgresql-Fri.log"]
    for time, name in enumerate(names):
        (tmp_path / name).write_text("SELECT 1;\n")
        os.utime(tmp_path / name, (time, time))
    assert [Path(name).name for name in listed([str(tmp_path)])] == names


def test_sets_keep_the_order_in_which_they_were_named(tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("z.log", "a.log.1", "z.log.1", "a.log")]
    assert [Path(name).name for name in listed([*names, "-"])] == [
        "z.log.1", "z.log", "a.log.1", "a.log", "-",
    ]  # fmt: skip


def test_of_one_log_in_several_forms_one_is_read(tmp_path: Path) -> None:
    for name in ("postgresql.log", "postgresql.csv", "other.log", ".hidden.log"):
        (tmp_path / name).write_text("SELECT 1;\n")
    assert [Path(name).name for name in listed([str(tmp_path)])] == ["other.log", "postgresql.csv"]
    both = [str(tmp_path / "postgresql.log"), str(tmp_path / "postgresql.csv")]
    assert len(listed(both)) == 2


def test_files_without_queries_are_told_beside_those_with_some(tmp_path: Path) -> None:
    (tmp_path / "slow.log").write_text("")
    (tmp_path / "slow.log-20261121").write_text("SELECT 1;\n")
    workload = read_workload([str(tmp_path)])
    assert workload.calls == 1
    _, empty = workload.sources
    assert empty.unreadable == ((str(tmp_path / "slow.log"), 1, "is empty: it holds no queries"),)


def test_names_that_stand_for_nothing_say_so(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no file matches"):
        listed([str(tmp_path / "*.log")])
    with pytest.raises(LogError, match="without files"):
        listed([str(tmp_path)])
