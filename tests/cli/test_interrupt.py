"""Ctrl-C at a terminal: exit code 130, and no process, temporary file or half a file stays.

Each command is stopped where it waits for the project's own code, which says that it is
reached and then does not go on.
"""

import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

HOLD = """
import pathlib, os, time
if os.environ.get("HOLD") == "{where}":
    pathlib.Path(os.environ["REACHED"]).touch()
    time.sleep(600)
"""
MODELS = """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)


URL = "sqlite+aiosqlite:///app.db"
"""
PROGRAM = """\
import asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


async def main():
    engine = create_async_engine("sqlite+aiosqlite:///app.db")
    async with engine.connect() as connection:
        for number in range(9):
            await connection.execute(text("SELECT :id"), {"id": number})
    await engine.dispose()


asyncio.run(main())
"""
# Where each command is stopped: while the models are imported, in a revision, in the program.
STOPPED = (
    ("models", "init"),
    ("models", "migrate more"),
    ("models", "lint"),
    ("models", "optimize capture.jsonl"),
    ("models", "snapshot -o prod.asa --url app.models:URL"),
    ("revision", "review --all"),
    ("revision", "verify --dialect postgresql"),
    ("revision", "upgrade"),
    ("models", "check-connection app.models:URL"),
    ("program", "capture -o new.jsonl -- python program.py"),
)


def environ(home: Path, **more: str) -> dict[str, str]:
    """Return the variables of a terminal in which temporary files have a place of their own."""
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    shown = {"PATH": path, "TERM": "xterm", "COLUMNS": "80", "HOME": str(home)}
    cache = {"XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(home / "tmp")}
    return {**shown, **cache, "PYTHONDONTWRITEBYTECODE": "1", **more}


def asa(project: Path, *words: str) -> None:
    """Run what has to succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "asa", *words],
        cwd=project,
        env=environ(project.parent),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a revision and a capture, all of whose code can be held."""
    project = tmp_path_factory.mktemp("made") / "shop"
    project.mkdir()
    (project / "app").mkdir()
    (project / "app" / "__init__.py").touch()
    (project / "app" / "models.py").write_text(MODELS + HOLD.format(where="models"))
    (project / "program.py").write_text(PROGRAM + HOLD.format(where="program"))
    (project / "pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "1"\n\n'
        '[tool.asa]\nurl = "sqlite+aiosqlite:///app.db"\n'
    )
    asa(project, "init")
    asa(project, "migrate", "start")
    asa(project, "upgrade")
    asa(project, "capture", "--", "python", "program.py")
    asa(project, "downgrade", "base")
    [revision] = (project / "migrations" / "versions").glob("*.py")
    body = HOLD.format(where="revision").replace("\n", "\n    ")
    source = revision.read_text()
    assert source.count("-> None:\n    ") == 2
    revision.write_text(source.replace("-> None:\n    ", f"-> None:\n    {body.strip()}\n    "))
    return project


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "home" / "shop"
    shutil.copytree(made, copy)
    return copy


def files_of(root: Path) -> dict[str, bytes]:
    """Return every file below a directory with its content."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def alive(home: Path) -> Iterator[str]:
    """Yield the command lines of what still runs with these temporary files, where /proc tells."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            marked = f"TMPDIR={home / 'tmp'}\0".encode() in (process / "environ").read_bytes()
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if marked and line:
            yield line


def read(person: int, terminal: int) -> bytes:
    """Return what a terminal shows that is then closed."""
    os.set_blocking(person, False)
    told = b""
    with suppress(BlockingIOError):
        while part := os.read(person, 65536):
            told += part
    os.close(person)
    os.close(terminal)
    return told


def gone(home: Path) -> bool:
    """Tell whether every process is gone; a supervisor may take a moment to follow."""
    for _ in range(600):
        if not list(alive(home)):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(("where", "line"), STOPPED, ids=[line for _, line in STOPPED])
def test_interrupted_at_a_terminal(
    where: str, line: str, project: Path, request: pytest.FixtureRequest
) -> None:
    if "postgresql" in line:
        request.getfixturevalue("postgresql_server")
    home = project.parent
    before = files_of(project)
    reached = home / "reached"
    person, terminal = pty.openpty()
    # The first terminal that a session's leader opens is the one whose keys signal it.
    opened = ("sh", "-c", 'exec "$@" <"$TTY" >"$TTY" 2>&1', "")
    process = subprocess.Popen(
        [*opened, sys.executable, "-m", "asa", *line.split()],
        cwd=project,
        env=environ(home, HOLD=where, REACHED=str(reached), TTY=os.ttyname(terminal)),
        start_new_session=True,
    )
    while not reached.exists():
        assert process.poll() is None, read(person, terminal)
        time.sleep(0.02)
    os.write(person, b"\x03")
    code = process.wait()
    told = read(person, terminal)
    assert code == 130, told
    # The program that is captured says in its own way that it was interrupted.
    assert where == "program" or b"Traceback" not in told
    assert gone(home), list(alive(home))
    assert files_of(home / "tmp") == {}
    after = files_of(project)
    changed = {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)}
    # What a command that was asked to record has seen until then, stays; an upgrade that was
    # not done may have made Alembic's table.
    assert changed <= {"new.jsonl", "capture.jsonl", "app.db"}, changed
    assert not list(home.rglob("*.tmp*"))
