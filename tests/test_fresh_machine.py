"""What a stranger gets: the wheel in an empty environment, and README typed from top to bottom.

The environment is made by the interpreter that runs the tests; `.ci/run` does so with the oldest
and with the newest. Nothing of the checkout is on its path, and its home is empty.
"""

import asyncio
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.test_readme import README, TYPED

from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.scratch import Server, start_server

ROOT = Path(__file__).parents[1]
SHOP = ROOT / "src" / "asa" / "examples" / "shop"
LOGS = {
    "postgresql": {
        "logging_collector": "on",
        "log_directory": "..",
        "log_filename": "server.log",
        "log_line_prefix": "%m [%p] %q%u@%d/%a %v ",
        "log_min_duration_statement": "0",
    },
    "mysql": {"slow_query_log": "ON", "long_query_time": "0", "slow_query_log_file": "slow.log"},
}

# Words of README that stand for the reader's own.
OWN_WORDS = {"rules NAME": "rules n-plus-one", "--workers N": "--workers 2"}
# Commands named in a sentence without what they are given; README's blocks type them whole.
NAMED = {"asa capture", "asa optimize"}
# What the shop's mistakes make fail; everything else has to succeed.
FINDING = {
    "asa optimize capture.jsonl",
    "asa optimize capture.jsonl --prove",
    "asa optimize capture.jsonl --fix",
    "asa optimize capture.jsonl --snapshot prod.asa --format sarif > asa.sarif",
}
# What the reader has done by then, as README's sentences tell.
BEFORE = {
    "asa capture -- python -m shop.main": "python -m shop.seed",
    'asa check-connection --wait 60s --require "postgresql>=14,primary,at-head"': (
        "asa upgrade && python -m shop.seed"
    ),
    "asa capture -- pytest": "rm -f capture.jsonl",
    "asa digest postgresql.log.gz slow.log": "cp $LOGS/* .",
    "asa optimize capture.jsonl --snapshot prod.asa --baseline known.json --fail-on new": (
        "asa optimize capture.jsonl --snapshot prod.asa --write-baseline known.json"
    ),
}

NEW_PROJECT = """
cp -r $SHOP/. . && rm -f .env
cat > test_shop.py <<'END'
import asyncio

from shop.main import main


def test_an_afternoon() -> None:
    asyncio.run(main())
END
git config --global user.name ada && git config --global user.email ada@shop.example
git init -q -b main
git add . && git commit -q -m Start
git update-ref refs/remotes/origin/main HEAD
"""
PULL_REQUEST = """
(cd ../project && git add . && git commit -q -m 'Find what is slow')
git clone -q ../project . && git checkout -q -b notes
cp ../project/prod.asa ../project/capture.jsonl .
sed -i.old 's/^    stars: Mapped.int.$/&\\n    note: Mapped[str | None]/' shop/models.py
asa migrate 'add notes' && asa upgrade
git commit -q -a -m Notes
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A computer that has a Python and, in one virtual environment, what pip brought.

    Attributes:
        root: Holds the environment, the home and the projects.
        logs: Holds servers' logs.
    """

    root: Path
    logs: Path

    def type(self, line: str, project: str, url: str, *, code: int = 0, at_desk: bool) -> str:
        """Type a line into a shell, see that it ends as it should, and return what it showed.

        Args:
            line: As it stands in README.
            project: The directory; made where it is missing.
            url: Where the shop's database is.
            code: The exit code that is right.
            at_desk: Whether somebody is there to say yes, or nobody and no terminal.
        """
        place = self.root / project
        place.mkdir(exist_ok=True)
        with somebody() if at_desk else Path(os.devnull).open() as keyboard:
            done = subprocess.run(
                ["sh", "-e", "-c", line],
                cwd=place,
                env={
                    "PATH": f"{self.root}/venv/bin{os.pathsep}{os.environ['PATH']}",
                    "VIRTUAL_ENV": f"{self.root}/venv",
                    "HOME": str(self.root),
                    "LANG": "C.UTF-8",
                    "SHOP_DATABASE_URL": url,
                    "SHOP": str(SHOP),
                    "LOGS": str(self.logs),
                },
                stdin=keyboard,
                capture_output=True,
                text=True,
                encoding="utf-8",
                check=False,
            )
        told = f"$ {line}\n{done.stdout}\n{done.stderr}\nexit code {done.returncode}"
        assert done.returncode == code, told
        assert "Traceback" not in done.stderr, told
        return done.stdout


@contextmanager
def somebody() -> Iterator[int]:
    """Yield the input of a terminal at which somebody says yes."""
    person, keyboard = pty.openpty()
    os.write(person, b"y\n" * 9)
    yield keyboard
    os.close(person)
    os.close(keyboard)


@pytest.fixture(scope="module")
def logs(
    postgresql_server: Server, mysql_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a directory with a log of each server, really written by one."""
    there = tmp_path_factory.mktemp("logs")
    for lent, written, name in (
        (postgresql_server, "server.log", "postgresql.log"),
        (mysql_server, "data/slow.log", "slow.log"),
    ):
        if lent.supervised is None:
            pytest.skip("only a lent server here, which logs as it likes")
        asyncio.run(log(lent.dialect, written, there / name))
    run(["gzip", str(there / "postgresql.log")])
    return there


async def log(dialect: str, written: str, kept: Path) -> None:
    """Ask a server that logs everything something, and keep what it logged."""
    server = await start_server(dialect, settings=LOGS[dialect])
    try:
        url = await server.create_database()
        async with connection_to(parse_url(url)) as connection:
            await connection.exec_driver_sql("SELECT 1 + 1")
        assert server.supervised is not None
        shutil.copy(server.supervised.directory / written, kept)
    finally:
        await server.stop()


@pytest.fixture(scope="module")
def machine(
    logs: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Machine:
    """Build the wheel and install it into an empty environment, as README says."""
    root = tmp_path_factory.mktemp("machine")
    pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"]
    run([sys.executable, "-m", "venv", str(root / "venv")])
    python = str(root / "venv" / "bin" / "python")
    run([python, *pip, "wheel", "--no-deps", "--wheel-dir", str(root), str(ROOT)])
    [wheel] = root.glob("asa_toolkit-*.whl")
    # pytest belongs to the project; without --no-compile all of every library is compiled.
    run([python, *pip, "install", "--no-compile", f"{wheel}[twin]", "pytest"])
    return Machine(root, logs)


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def typed_in(text: str) -> list[str]:
    """Return the command lines of a stretch of README, each once, in order."""
    for word, own in OWN_WORDS.items():
        text = text.replace(word, own)
    rows = (re.split(r" {3,}", f"asa {m[1]}{m[2]}")[0].strip() for m in TYPED.finditer(text))
    return [line for line in dict.fromkeys(rows) if line not in NAMED]


def test_what_is_not_typed_as_it_stands_is_in_readme() -> None:
    known = typed_in(README)
    assert {f"asa {m[1]}{m[2]}".strip() for m in TYPED.finditer(README)} >= NAMED
    assert all(word in README for word in OWN_WORDS)
    assert {*FINDING, *BEFORE} <= set(known)


def test_the_demo_needs_nothing_but_the_wheel(machine: Machine) -> None:
    assert "n-plus-one" in machine.type("asa demo", "empty", "", at_desk=True)


def test_readme_is_typed_from_top_to_bottom(machine: Machine, postgresql_url: str) -> None:
    own, rest = README.split("## Gate a pull request")
    gate, later = rest.split("## What asa proves")
    typed: set[str] = set()
    for name, text, begin, at_desk in (
        ("project", own, NEW_PROJECT, True),
        ("gate", gate, PULL_REQUEST, False),
        ("project", later, "git status", True),
    ):
        machine.type(begin, name, postgresql_url, at_desk=at_desk)
        for line in typed_in(text):
            if line in typed:
                continue
            typed.add(line)
            if line in BEFORE:
                machine.type(BEFORE[line], name, postgresql_url, at_desk=at_desk)
            code = int(line in FINDING)
            machine.type(line, name, postgresql_url, code=code, at_desk=at_desk)
