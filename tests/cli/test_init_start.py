"""`asa init` where there is nothing yet, and its files for applications that are there."""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
import venv
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from tests.project import repositories as r
from tests.project.repositories import write

MODULES = ("base_model", "models", "session_manager", "main")


def asa(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "VIRTUAL_ENV")
    }
    return subprocess.run(
        [sys.executable, "-m", "asa", *arguments],
        cwd=root,
        env={**environ, "PYTHONIOENCODING": "utf-8", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def done(root: Path, *arguments: str, **variables: str) -> str:
    finished = asa(root, *arguments, **variables)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def assert_clean(root: Path, *paths: str) -> None:
    for command in (["check", "--select", "E,F,W,B,I,UP"], ["format", "--check"]):
        finished = subprocess.run(
            [
                sys.executable,
                "-m",
                "ruff",
                *command,
                "--isolated",
                "--target-version=py310",
                "--line-length=100",
                *paths,
            ],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout


def request(url: str, body: dict[str, str] | None = None) -> object:
    """Ask the application, waiting until it serves."""
    data = json.dumps(body).encode() if body else None
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(url, data, headers)  # noqa: S310  (our own server)
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=5) as response:  # noqa: S310
                return json.load(response)
        except URLError as error:  # noqa: PERF203  (it is not up yet)
            if time.monotonic() > deadline or not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.05)


def served(
    root: Path, said: str, *asked: tuple[str, dict[str, str] | None], **variables: str
) -> list[Any]:
    """Serve the application by the command that asa printed; return its answers."""
    command = next(line for line in said.splitlines() if line.startswith("next  uvicorn"))
    words = shlex.split(command.removeprefix("next  ").partition("   ")[0])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", *words, "--port", str(port), "--log-level", "warning"],
        cwd=root,
        env={**os.environ, **variables},
    )
    try:
        return [request(f"http://127.0.0.1:{port}{path}", body) for path, body in asked]
    finally:
        process.terminate()
        process.wait(10)


def test_an_empty_folder_becomes_an_application_that_serves(tmp_path: Path) -> None:
    said = done(tmp_path, "init")
    done(tmp_path, "migrate", "start")
    done(tmp_path, "upgrade")
    assert "no drift" in done(tmp_path, "check")
    health, added, listed = served(
        tmp_path, said, ("/health", None), ("/notes", {"title": "Milk 🥛"}), ("/notes", None)
    )
    assert health == {"database": "up", "error": None}
    assert listed == [added]
    assert added["title"] == "Milk 🥛"
    assert added["created_at"].endswith(("Z", "+00:00"))
    assert (tmp_path / "app.db").is_file()
    assert "nothing to do" in done(tmp_path, "init")


def test_what_it_writes_is_tidy(tmp_path: Path) -> None:
    said = done(tmp_path, "init")
    files = [
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    ]
    assert sorted(files) == [
        ".env",
        ".gitignore",
        "alembic.ini",
        *sorted(f"app/{name}.py" for name in ("__init__", *MODULES)),
        "migrations/env.py",
        "migrations/script.py.mako",
        "pyproject.toml",
    ]
    assert_clean(tmp_path, "app")
    assert "11 written, 0 edited" in said
    written = "".join((tmp_path / name).read_text() for name in files)
    assert "# asa:" not in written
    assert "asa" not in "".join((tmp_path / f"app/{name}.py").read_text() for name in MODULES)


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_an_empty_folder_with_a_server_of_its_own(
    tmp_path: Path, dialect: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(f"{dialect}_url")
    done(tmp_path, "init", DATABASE_URL=url)
    assert not (tmp_path / ".env").exists()
    driver = {"postgresql": "asyncpg", "mysql": "aiomysql"}[dialect]
    assert f'"{driver}>=' in (tmp_path / "pyproject.toml").read_text()
    done(tmp_path, "migrate", "start", DATABASE_URL=url)
    done(tmp_path, "upgrade", DATABASE_URL=url)
    assert "no drift" in done(tmp_path, "check", DATABASE_URL=url)


def test_a_folder_with_a_readme_and_a_project_file_is_empty_too(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "Hello", "pyproject.toml": '[project]\nname = "x"\n'})
    done(tmp_path, "init")
    assert 'metadata = "app.base_model:Base"' in (tmp_path / "pyproject.toml").read_text()
    assert (tmp_path / "pyproject.toml").read_text().startswith('[project]\nname = "x"\n')


def test_an_environment_without_packages_is_told_what_installs_them(tmp_path: Path) -> None:
    venv.create(tmp_path / ".venv")
    said = done(tmp_path, "init")
    missing = "sqlalchemy, greenlet, alembic, python-dotenv, aiosqlite, fastapi, uvicorn"
    assert f"not installed in the project's environment: {missing}; pip install -e ." in said


def test_dry_run_of_an_empty_folder_writes_nothing(tmp_path: Path) -> None:
    assert "+++ b/app/main.py" in done(tmp_path, "init", "--dry-run")
    assert list(tmp_path.iterdir()) == []


def test_code_without_models_needs_the_flag(tmp_path: Path) -> None:
    write(tmp_path, {"main.py": "print()", ".env": "OTHER=1"})
    finished = asa(tmp_path, "init", "--no-input")
    assert finished.returncode == 2
    assert "asa init --models" in finished.stderr
    done(tmp_path, "init", "--models", "--no-input")
    assert (tmp_path / "main.py").read_text() == "print()"
    assert (tmp_path / ".env").read_text() == ("OTHER=1\nDATABASE_URL=sqlite+aiosqlite:///app.db\n")
    assert not (tmp_path / "app/session_manager.py").exists()
    assert "fastapi" not in (tmp_path / "pyproject.toml").read_text()


def test_files_beside_models_that_are_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    write(tmp_path, r.SRC)
    models = {path: path.read_bytes() for path in tmp_path.rglob("*.py")}
    said = done(
        tmp_path, "init", "--models", "--session", "--app", "--url", "env:DB", "--no-input", DB=url
    )
    (package,) = {path.parent for path in tmp_path.glob("src/*/session_manager.py")}
    assert_clean(tmp_path, *(str(package / f"{name}.py") for name in MODULES if name != "models"))
    new = f"""
from sqlalchemy.orm import Mapped
from {package.name}.base_model import BaseModel


class Extra(BaseModel):
    __tablename__ = "extras"

    name: Mapped[str]
"""
    (package / "extra.py").write_text(new)
    assert all(path.read_bytes() == before for path, before in models.items())
    done(tmp_path, "init", "--models", "--no-input", DB=url)
    env = tmp_path / "migrations/env.py"
    imported = f"\nimport {package.name}.extra\n\ntarget_metadata"
    env.write_text(env.read_text().replace("\ntarget_metadata", imported, 1))
    assert "extras" in done(tmp_path, "migrate", "start", DB=url)
    done(tmp_path, "upgrade", DB=url)
    assert "no drift" in done(tmp_path, "check", DB=url)
    route = next(
        line.partition('"')[2].partition('"')[0]
        for line in (package / "main.py").read_text().splitlines()
        if "/count" in line
    )
    assert served(tmp_path, said, (route, None), ("/health", None), DB=url) == [
        {"count": 0},
        {"database": "up", "error": None},
    ]


def test_a_file_of_that_name_stays(tmp_path: Path) -> None:
    write(tmp_path, r.FLAT)
    (tmp_path / "session_manager.py").write_text("mine = True\n")
    said = done(tmp_path, "init", "--session", "--no-input", SHOP_URL="sqlite:///x.db")
    assert "keep      session_manager.py" in said
    assert (tmp_path / "session_manager.py").read_text() == "mine = True\n"
