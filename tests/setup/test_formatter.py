"""New revisions are formatted as the project formats its own code, where it has what that needs."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.project import repositories as r
from tests.project.repositories import write
from tests.setup.test_environment import ROUND, alembic, set_up

from asa.project.interpreter import Interpreter
from asa.project.load import Installed
from asa.setup.advice import lacking
from asa.setup.formatter import formatter_of
from asa.setup.plan import ChosenUrl

PROJECT = '[project]\nname = "x"\nversion = "1"\n'


def has(*formatters: str, alembic_version: str | None = "1.20.1") -> Installed:
    python = Interpreter(sys.executable, "test")
    return Installed(python, "3", alembic_version, "2", True, True, (), formatters)


@pytest.mark.parametrize(
    ("files", "installed", "name"),
    [
        ({"pyproject.toml": PROJECT + "[tool.ruff]\n"}, has("black", "ruff"), "ruff"),
        ({"pyproject.toml": PROJECT + "[tool.black]\n"}, has("black", "ruff"), "black"),
        ({"ruff.toml": ""}, has("ruff"), "ruff"),
        ({"backend/pyproject.toml": PROJECT + "[tool.black]\n"}, has("black"), "black"),
        ({"pyproject.toml": PROJECT}, has("black", "ruff"), None),
        ({"pyproject.toml": PROJECT + "[tool.ruff]\n"}, has(), None),
        ({"pyproject.toml": PROJECT + "[tool.ruff]\n"}, has("ruff", alembic_version="1.15"), None),
    ],
)
def test_formatter_that_is_used_and_installed(
    tmp_path: Path, files: dict[str, str], installed: Installed, name: str | None
) -> None:
    found = formatter_of(write(tmp_path, files), ("backend/app",), installed)
    assert (found.name if found else None) == name


@pytest.mark.parametrize("pyproject", [False, True])
def test_revision_is_formatted(tmp_path: Path, pyproject: bool) -> None:
    pytest.importorskip("alembic", minversion="1.16.3")
    settings = PROJECT + '[tool.ruff]\nline-length = 60\nformat.quote-style = "single"\n'
    set_up(
        write(tmp_path, r.TABLES, {"pyproject.toml": settings}),
        url="sqlite:///x.db",
        pyproject=pyproject,
    )
    done = alembic(tmp_path, ROUND)
    assert done.returncode == 0, done.stderr
    (revision,) = (tmp_path / "migrations/versions").glob("*.py")
    format_ = [sys.executable, "-m", "ruff", "format", "--check", str(revision)]
    checked = subprocess.run(format_, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert "op.create_table(\n" in revision.read_text()


@pytest.mark.parametrize(
    ("version", "folder", "warned"),
    [("1.15.2", "a b", True), ("1.15.2", "ab", False), ("1.16.0", "a b", False)],
)
def test_older_alembic_and_a_space_in_the_path(version: str, folder: str, warned: bool) -> None:
    url = ChosenUrl("sqlite:///x.db", "--url")
    notes = tuple(lacking(has(alembic_version=version), Path("/code") / folder, url))
    assert any("splits prepend_sys_path" in note for note in notes) == warned


def test_several_import_roots_in_a_directory_with_a_space(tmp_path: Path) -> None:
    """Neither a colon nor a space ends a path."""
    pytest.importorskip("alembic", minversion="1.16")
    root = tmp_path / "two roots"
    files = {
        "one/base_of/__init__.py": r.BASE,
        "two/things/__init__.py": r.USER.format(base="base_of"),
    }
    set_up(write(root, files), url="sqlite:///x.db")
    assert "path_separator = newline" in (root / "alembic.ini").read_text()
    (root / "two/things/later.py").write_text("")
    done = alembic(root, ROUND)
    assert done.returncode == 0, done.stderr
