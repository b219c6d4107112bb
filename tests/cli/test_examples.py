"""`asa examples` lists, prints and copies the worked examples."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asa.examples import EXAMPLES

FOLDER = Path(__file__).parents[2] / "src" / "asa" / "examples"
NAMES = sorted(example.name for example in EXAMPLES)


def asa(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "asa", "examples", *arguments],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_every_example_is_listed() -> None:
    assert sorted(p.stem for p in FOLDER.glob("[!_]*.py")) == NAMES
    code, out, err = asa()
    assert (code, err) == (0, "")
    for example in EXAMPLES:
        assert f"  {example.name}" in out
        assert example.summary in out
    assert out.splitlines()[-1].startswith("next  asa examples --copy examples")
    assert all(len(row) <= 80 for row in out.splitlines())


@pytest.mark.parametrize("spelled", ["user_model", "user-model", "user_model.py"])
def test_one_is_printed_as_it_is(spelled: str) -> None:
    assert asa(spelled) == (0, (FOLDER / "user_model.py").read_text("utf-8"), "")


def test_an_unknown_one_names_the_nearest() -> None:
    code, out, err = asa("user_modle")
    assert (code, out) == (2, "")
    assert 'no example "user_modle"' in err
    assert "asa examples user_model" in err


def test_all_are_copied_and_run(tmp_path: Path) -> None:
    code, out, _ = asa("--copy", str(tmp_path / "new" / "folder"))
    assert code == 0
    assert "3 written" in out
    copies = sorted((tmp_path / "new" / "folder").iterdir())
    assert [path.stem for path in copies] == NAMES
    done = subprocess.run([sys.executable, str(copies[0])], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_copying_again_writes_nothing(tmp_path: Path) -> None:
    asa("user_model", "--copy", str(tmp_path))
    code, out, _ = asa("user_model", "--copy", str(tmp_path))
    assert code == 0
    assert "  keep " in out
    assert "0 written" in out


def test_an_edited_copy_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "query_patterns.py").write_text("mine = True\n")
    code, out, err = asa("--copy", str(tmp_path))
    assert (code, out) == (2, "")
    assert "is there already" in err
    assert [path.name for path in tmp_path.iterdir()] == ["query_patterns.py"]
    assert (tmp_path / "query_patterns.py").read_text() == "mine = True\n"


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = asa("--copy", str(tmp_path / "file" / "below"))
    assert code == 2
    assert "cannot write" in err
