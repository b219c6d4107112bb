"""From a repository as it is to a database without drift, by the commands that a user types."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from tests.project.repositories import write
from tests.setup.layouts import LAYOUTS, SEVERAL_BASES, Layout

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
    made = "".join(p.read_text() for p in root.rglob("versions/*.py"))
    assert {t for t in layout.tables if f'create_table("{t}"' in made.replace("'", '"').replace(
        "create_table(\n        ", "create_table(")} == layout.tables, made
    return done


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_ends_without_drift(tmp_path: Path, name: str) -> None:
    layout = LAYOUTS[name]
    done = walk(tmp_path, layout, f"sqlite+aiosqlite:///{tmp_path}/layout.db")
    assert f"models    {layout.base}" in done.stdout
    assert f"{len(layout.tables)} tables" in done.stdout or len(layout.tables) == 1
    assert f"url       {layout.url}" in done.stdout
