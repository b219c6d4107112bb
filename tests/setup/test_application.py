"""The text of the files that are written beside an application."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from asa.config import UrlReference
from asa.errors import ProjectError
from asa.project.find import FoundMetadata
from asa.setup.application import (
    Home,
    app_py,
    base_model_py,
    models_py,
    pyproject_toml,
    session_manager_py,
)
from asa.setup.parts import first_class

FLAT, PACKAGE, BELOW = Home(".", ""), Home(".", "shop"), Home("backend/src", "shop")
ENV = UrlReference("env:DB", "--url")


@pytest.mark.parametrize(
    ("home", "path", "module", "depth"),
    [
        (FLAT, "main.py", "main", 0),
        (PACKAGE, "shop/main.py", "shop.main", 1),
        (BELOW, "backend/src/shop/main.py", "shop.main", 3),
    ],
)
def test_files_know_where_they_are(home: Home, path: str, module: str, depth: int) -> None:
    assert (home.path("main"), home.module("main")) == (path, module)
    assert f"parents[{depth}]" in session_manager_py(home, ENV, "text", ())
    package = f"{home.package}." if home.package else ""
    assert f"from {package}base_model import BaseModel\n" in models_py(home)
    assert f"from {package}session_manager import db, get_db\n" in app_py(home, None)


@pytest.mark.parametrize(
    ("reference", "kind", "line"),
    [
        ("env:DB", "text", 'return variable("DB")'),
        ("app.settings:settings.db.url", "text", "return str(settings.db.url)"),
        ("app.settings:settings.url", "secret", "return settings.url.get_secret_value()"),
        ("sqlite+aiosqlite:///x.db", "text", 'return "sqlite+aiosqlite:///x.db"'),
    ],
)
def test_the_url_comes_from_where_the_project_has_it(reference: str, kind: str, line: str) -> None:
    text = session_manager_py(PACKAGE, UrlReference(reference, "--url"), kind, ())
    ast.parse(text)
    assert f"    {line}\n" in text


def test_the_driver_is_one_that_is_installed() -> None:
    text = session_manager_py(PACKAGE, ENV, "text", ("psycopg", "asyncmy"))
    assert '"postgresql": "psycopg",' in text
    assert '"mysql": "asyncmy",' in text


@pytest.mark.parametrize(
    ("metadata", "lines"),
    [
        (("app.db", "Base.metadata"), ("import Base as ProjectBase", "= ProjectBase.metadata")),
        (("app.db", "tables"), ("import tables as project_metadata", "= project_metadata")),
    ],
)
def test_a_base_model_joins_the_tables_that_are_there(
    tmp_path: Path, metadata: tuple[str, str], lines: tuple[str, str]
) -> None:
    text = base_model_py(metadata)
    assert all(f"{line}\n" in text for line in lines)
    assert "NAMES" not in text
    (tmp_path / "app").mkdir()
    for name in ("__init__.py", "db.py"):
        (tmp_path / "app" / name).write_text("")
    (tmp_path / "app" / "base_model.py").write_text(text)
    for command in (["check", "--select", "E,F,W,I"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length=100", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_an_endpoint_counts_a_model() -> None:
    text = app_py(PACKAGE, ("shop.tables", "OrderItem"))
    ast.parse(text)
    assert '@app.get("/order-item/count")\n' in text
    assert "select(func.count()).select_from(OrderItem)\n" in text
    assert "Note" not in text


def test_tables_without_a_class_cannot_be_an_endpoint() -> None:
    with pytest.raises(ProjectError, match="no mapped class"):
        first_class(FoundMetadata("app.db:metadata", None))


def test_a_project_file_names_what_is_needed() -> None:
    text = pyproject_toml("My Shop!", PACKAGE, "mysql", served=False)
    assert 'name = "my-shop"\n' in text
    assert 'packages = ["shop"]\n' in text
    assert "aiomysql" in text
    assert "fastapi" not in text
    assert "uvicorn" not in text
    assert 'name = "application"' in pyproject_toml("!", PACKAGE, "sqlite", served=True)
