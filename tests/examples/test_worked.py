"""The worked examples run on every database and count what they claim."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "src" / "asa" / "examples"
NAMES = ("user_model", "session_patterns", "query_patterns")


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, f"{name}.py", *arguments],
        cwd=EXAMPLES,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", NAMES)
def test_runs_on_every_database(name: str, database_url: str) -> None:
    done = run(name, database_url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "statement" in done.stdout
    assert "SAWarning" not in done.stderr
    # It has dropped its tables: a second run finds none of them.
    again = run(name, database_url)
    assert again.returncode == 0, again.stdout + again.stderr
