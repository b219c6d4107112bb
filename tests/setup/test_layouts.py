"""From a repository as it is to a database without drift, by the commands that a user types."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from tests.project.repositories import write
from tests.setup.layouts import LAYOUTS, SEVERAL_BASES, Layout

CREATED = re.compile(r"create_table\(\s*['\"](\w+)['\"]")
DROPPED = re.compile(r"drop_table\(")
# Each command in a process of its own costs its imports again: one process for the road,
# but for init, which finds the modules before they are imported.
ROAD = """
import sys
from asa.cli import main
for command in (["migrate", "start"], ["upgrade"], ["status", "--format", "json"]):
    sys.argv = ["asa", *command]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""


def asa(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return python(root, "-m", "asa", *arguments, **variables)


def python(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def environment_of(layout: Layout, url: str) -> dict[str, str]:
    """Return the variables by which the layout's application finds its database."""
    value = make_url(url).render_as_string(hide_password=False)
    if layout.variable == "DB_PATH":
        scheme, _, value = value.partition("://")
        return {"DB_SCHEME": scheme, "DB_PATH": value, **dict(layout.settings)}
    return {layout.variable: value, **dict(layout.settings)}


def needed(layout: Layout) -> None:
    for package in layout.needs:
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")


def walk(root: Path, layout: Layout, url: str) -> subprocess.CompletedProcess[str]:
    """Set the repository up and take it to a database; return what init said."""
    needed(layout)
    write(root, layout.files)
    variables = environment_of(layout, url)
    done = asa(root, "init", "--no-input", **variables)
    assert done.returncode == 0, done.stderr
    road = python(root, "-c", ROAD, **variables)
    assert road.returncode == 0, road.stdout + road.stderr
    status = json.loads(road.stdout[road.stdout.index("\n{") :])
    assert status["clean"], status
    assert status["pending"] == []
    assert status["models"]["compared"], status
    made = "".join(path.read_text() for path in root.rglob("versions/*.py"))
    assert set(CREATED.findall(made)) == layout.tables
    assert len(DROPPED.findall(made)) == len(layout.tables), "the downgrade alone drops"
    return done


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_ends_without_drift(tmp_path: Path, name: str) -> None:
    layout = LAYOUTS[name]
    done = walk(tmp_path, layout, f"sqlite+aiosqlite:///{tmp_path}/layout.db")
    assert f"models    {layout.base}" in done.stdout
    assert f"{len(layout.tables)} table{'s'[: len(layout.tables) != 1]}" in done.stdout
    assert f"url       {layout.url}" in done.stdout


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_layout_on_servers(
    tmp_path: Path, name: str, dialect: str, request: pytest.FixtureRequest
) -> None:
    walk(tmp_path, LAYOUTS[name], request.getfixturevalue(f"{dialect}_url"))


def test_environment_of_ones_own_stays_respected(tmp_path: Path) -> None:
    """Its filter, its types, its numbers and its version table, through all commands."""
    layout = LAYOUTS["alembic deep in src"]
    database = tmp_path / "layout.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE legacy_orders (id INTEGER PRIMARY KEY)")
    done = walk(tmp_path, layout, f"sqlite+aiosqlite:///{database}")
    assert re.search(r"write .*env\.py", done.stdout) is None
    (revision,) = (tmp_path / "src/deep/storage/migrations/versions").glob("*.py")
    text = revision.read_text()
    assert "revision = '0001'" in text
    assert "from deep.storage.types import Shout" in text
    with sqlite3.connect(database) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert {"deep_versions", "legacy_orders", "people", "events"} <= names
    assert "alembic_version" not in names


def test_several_bases_are_asked_about_and_taken_together(tmp_path: Path) -> None:
    write(tmp_path, SEVERAL_BASES)
    url = {"APP_DB_URL": f"sqlite+aiosqlite:///{tmp_path}/x.db"}
    asked = asa(tmp_path, "init", "--no-input", **url)
    assert asked.returncode == 2
    assert "--metadata app.analytics.base:AnalyticsBase" in asked.stderr
    assert not (tmp_path / "alembic.ini").exists()
    both = ("--metadata", "app.core.base:Base", "--metadata", "app.analytics.base:AnalyticsBase")
    done = asa(tmp_path, "init", "--no-input", *both, **url)
    assert done.returncode == 0, done.stderr
    road = python(tmp_path, "-c", ROAD, **url)
    assert road.returncode == 0, road.stdout + road.stderr
    assert '"clean": true' in road.stdout
