"""`asa capture` as a user meets it: exit code, stdout and stderr."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import sqlalchemy as sa
with sa.create_engine("sqlite://").connect() as connection:
    for number in range(int(sys.argv[1])):
        connection.execute(sa.text("SELECT :n"), {"n": number})
print(sys.argv)
sys.exit(int(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "program.py").write_text(PROGRAM)
    return tmp_path


def asa(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "asa", "capture", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_summary_stands_on_stderr_and_the_exit_code_is_the_commands() -> None:
    done = asa("--", sys.executable, "program.py", "1200", "9", "-o", "--force", "-x")
    assert done.returncode == 9
    assert done.stdout == "['program.py', '1200', '9', '-o', '--force', '-x']\n"
    assert done.stderr == (
        "1,200 queries, 1 process -> capture.jsonl\nnext  asa optimize capture.jsonl\n"
    )


def test_the_command_may_stand_without_dashes(here: Path) -> None:
    done = asa("-o", "a.jsonl", sys.executable, "program.py", "1", "0", "--help")
    assert done.returncode == 0
    assert done.stdout == "['program.py', '1', '0', '--help']\n"
    assert done.stderr.startswith("1 query, 1 process -> a.jsonl\n")
    assert (here / "a.jsonl").exists()


def test_silence_is_explained(here: Path) -> None:
    none = asa("--", sys.executable, "-I", "-c", "")
    assert none.returncode == 0
    assert "no process reported in" in none.stderr
    unused = asa("--", sys.executable, "-c", "")
    assert "1 Python process ran, none imported SQLAlchemy" in unused.stderr
    idle = asa("--", sys.executable, "program.py", "0", "0")
    assert "1 Python process ran, none sent a query" in idle.stderr
    assert list(here.glob("capture*")) == []


def test_wrong_usage_ends_with_2_and_a_hint(here: Path) -> None:
    missing = asa("--", "no-such-command")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "there is no command no-such-command" in missing.stderr
    assert "next" in missing.stderr
    assert asa().returncode == 2
    (here / "capture.jsonl").write_text("mine")
    existing = asa("--", sys.executable, "program.py", "1", "0")
    assert existing.returncode == 2
    assert existing.stdout == "", "the command did not run"
    assert "--force" in existing.stderr
    assert (here / "capture.jsonl").read_text() == "mine"
    assert asa("--force", "--", sys.executable, "program.py", "1", "0").returncode == 0


def test_values_may_be_left_out(here: Path) -> None:
    done = asa("--no-values", "--", sys.executable, "program.py", "3", "0")
    assert done.returncode == 0
    assert '"withheld"' in (here / "capture.jsonl").read_text()


def test_the_help_says_what_is_kept_and_where() -> None:
    shown = " ".join(asa("--help").stdout.replace("│", " ").split())
    assert "readable by you alone" in shown
    assert "keyed hashes instead of bound values" in shown


def test_a_signal_death_is_told_as_a_shell_tells_it() -> None:
    done = asa("--", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    assert done.returncode == 137
