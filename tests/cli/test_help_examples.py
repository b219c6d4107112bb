"""The help of every command ends with an example, and the example works as it is written.

The examples run one after the other in one project, the shop, in the order of `WALK`.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asa.cli.app import app
from asa.cli.commands import COMMANDS

SHOP = Path(__file__).parents[2] / "src" / "asa" / "examples" / "shop"
URL = "sqlite+aiosqlite:///shop.db"
ELSEWHERE = {
    "demo": "walks all of the road; tests/cli/test_demo.py runs it with the same option",
}


class Shop:
    """The project in which the examples run, as a user has it who types them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(SHOP, root, ignore=shutil.ignore_patterns("__pycache__"))
        (root / ".env").write_text(f"SHOP_DATABASE_URL={URL}\n")

    def run(self, words: list[str], **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a command line; `asa` and `python` are those under test."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith("ASA_")}
        path = os.pathsep.join((str(Path(sys.executable).parent), environ["PATH"]))
        return subprocess.run(
            [sys.executable, "-m", *words] if words[0] == "asa" else words,
            cwd=self.root,
            env={**environ, "PATH": path, "COLUMNS": "80", "DATABASE_URL": URL, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def do(self, *words: str) -> None:
        """Run what has to succeed before the next example."""
        done = self.run(list(words))
        assert done.returncode == 0, done.stdout + done.stderr

    def git(self, *words: str) -> None:
        """Run git as somebody."""
        self.do("git", "-c", "user.name=asa", "-c", "user.email=asa@example.org", *words)


def set_up(shop: Shop) -> None:
    """Give the project its history and its rows, and a branch that changes a model."""
    shop.do("asa", "init", "--yes")
    shop.do("asa", "migrate", "start")
    shop.do("asa", "upgrade")
    shop.do("python", "-m", "shop.seed")
    (shop.root / ".gitignore").write_text("shop.db*\n__pycache__/\n")
    shop.git("init", "-q", "-b", "main")
    shop.git("add", ".")
    shop.git("commit", "-q", "-m", "Start")
    shop.git("checkout", "-q", "-b", "notes")
    models = shop.root / "shop" / "models.py"
    changed = models.read_text().replace(
        "    stars: Mapped[int]\n", "    stars: Mapped[int]\n    note: Mapped[str | None]\n"
    )
    models.write_text(changed)


def fork(shop: Shop) -> None:
    """Give the history a second head."""
    versions = shop.root / "migrations" / "versions"
    [note] = versions.glob("*note*.py")
    other, count = re.subn(r"(?m)^revision\b.*", 'revision = "other"', note.read_text())
    assert count == 1
    (versions / "other.py").write_text(other)


BEFORE: dict[str, Callable[[Shop], None]] = {"migrate": set_up, "merge": fork}
WALK = (
    "init", "migrate", "review", "status", "check", "upgrade", "check-connection", "capture",
    "digest", "optimize", "snapshot", "current", "history", "heads", "show", "verify", "downgrade",
    "stamp", "merge", "lint", "rules", "examples",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("examples") / "shop")


def example_of(command: str) -> list[str]:
    """Return the words of the example that a command's help page ends its text with."""
    page = CliRunner(env={"COLUMNS": "80"}).invoke(app, [command, "--help"], prog_name="asa").stdout
    assert all(len(row) <= 80 for row in page.splitlines()), page
    text = [
        row.strip()
        for row in re.split(r"\n(?:Arguments|Options):\n", page)[0].splitlines()
        if row.strip()
    ]
    about, _, typed = text[-1].partition("Example: ")
    assert (about, bool(typed)) == ("", True), text
    words = shlex.split(typed)
    assert words[:2] == ["asa", command]
    return words


def test_every_command_is_walked_or_said_to_be_elsewhere() -> None:
    assert sorted((*WALK, *ELSEWHERE)) == sorted(entry.name for entry in COMMANDS)


def test_every_example_does_what_it_says(shop: Shop) -> None:
    for command in WALK:
        if command in BEFORE:
            BEFORE[command](shop)
        done = shop.run(example_of(command))
        told = f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode in (0, 1), told
        assert "Traceback" not in done.stdout + done.stderr, told


def test_the_example_of_demo_is_the_one_that_is_tested() -> None:
    assert example_of("demo") == ["asa", "demo", "--keep", "shop"]
