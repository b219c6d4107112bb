"""In an empty directory every command says one clear thing, and what to type next."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

UNREACHABLE = "postgresql://u:secret@127.0.0.1:1/db"


@pytest.mark.parametrize(
    ("typed", "code", "said", "hint"),
    [
        (("init", "--session"), 2, "no SQLAlchemy models", "asa init --models"),
        (("migrate", "x"), 2, "no Alembic environment", "asa init"),
        (("upgrade",), 2, "no Alembic environment", "asa init"),
        (("downgrade",), 2, "no Alembic environment", "asa init"),
        (("status",), 2, "no Alembic environment", "asa init"),
        (("check-connection",), 2, "no database is named", "asa init"),
        (("check-connection", UNREACHABLE), 3, "nothing listens at 127.0.0.1:1", "start"),
        (("check-connection", "oracle://u:secret@h/db"), 2, 'the database "oracle"', "postgresql"),
        (("capture", "--", "nosuchprogram"), 2, "no command nosuchprogram", "asa capture"),
        (("optimize", "nothing.jsonl"), 2, "no file nothing.jsonl", "asa capture"),
        (("rules", "nosuchrule"), 2, 'no rule "nosuchrule"', "asa rules"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_one_message_a_hint_and_the_designed_exit_code(
    tmp_path: Path, typed: tuple[str, ...], code: int, said: str, hint: str
) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ASA_")}
    done = subprocess.run(
        [sys.executable, "-m", "asa", *typed],
        cwd=tmp_path,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if line]
    assert lines[0].startswith("✗ ")
    assert said in lines[0]
    assert lines[-1].startswith("next  ")
    assert hint in lines[-1]
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
