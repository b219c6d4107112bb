"""Fixes are written into the source of a whole project, and do there what they promised."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.examples.test_shop import filled, python

from asa.errors import UsageError
from asa.fix.source import SourceEdit, put_in_place
from asa.workload import read_workload


def asa(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environ = {name: value for name, value in os.environ.items() if name != "SHOP_DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "asa", *arguments],
        cwd=project,
        env={**environ, "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def captured(project: Path) -> int:
    """Capture an afternoon; return how many queries were sent."""
    asa(project, "capture", "--force", "--", sys.executable, "-m", "shop.main")
    return read_workload([str(project / "capture.jsonl")]).calls


def loops(project: Path, *arguments: str) -> dict[str, dict[str, object]]:
    done = asa(project, "optimize", "capture.jsonl", "--format", "json", *arguments)
    found = json.loads(done.stdout)["findings"]
    return {one["subject"]: one for one in found if one["rule"] == "n-plus-one"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("fixed") / "shop")


def test_the_demos_queries_fall_to_what_was_predicted(shop: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(shop, tmp_path / "shop"))
    as_it_was = Path(shutil.copytree(shop, tmp_path / "as it was"))
    before = captured(project)
    found = loops(project, "--fix", "--yes")
    saved = 0
    for one in found.values():
        (text,) = [e["text"] for e in one["evidence"] if e["label"] == "queries"]  # type: ignore[attr-defined]
        was, left = re.match(r"(\d+) -> (\d+) predicted", text).groups()  # type: ignore[union-attr]
        saved += int(was) - int(left)
    shutil.copy(as_it_was / "shop.db", project / "shop.db")
    after = captured(project)
    assert set(found) == {"Order.items", "Product by id"}
    assert before - after == saved == 30
    assert loops(project) == {}
    shutil.copy(as_it_was / "shop.db", project / "shop.db")
    assert python(project, "-m", "shop.main") == python(as_it_was, "-m", "shop.main")


def test_the_change_is_shown_and_nothing_is_written_unasked(shop: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(shop, tmp_path / "shop"))
    captured(project)
    sources = {file: file.read_bytes() for file in project.glob("shop/*.py")}
    done = asa(project, "optimize", "capture.jsonl", "--fix")
    assert done.returncode == 2
    assert "+        .options(selectinload(Order.items))" in done.stderr
    assert "add --yes" in done.stderr
    assert {file: file.read_bytes() for file in project.glob("shop/*.py")} == sources


def test_a_source_that_changed_since_is_left_alone(shop: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(shop, tmp_path / "shop"))
    captured(project)
    file = project / "shop" / "orders.py"
    file.write_text("# a new first line\n" + file.read_text())
    done = asa(project, "optimize", "capture.jsonl", "--fix", "--yes")
    assert "shop/orders.py:44 is not the line any more" in " ".join(done.stderr.split())
    assert file.read_text().startswith("# a new first line\n")
    assert "selectinload(Order.items))\n" not in file.read_text()


def test_a_file_changed_meanwhile_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "api.py"
    file.write_text("new\n")
    with pytest.raises(UsageError, match="changed meanwhile"):
        put_in_place(SourceEdit(file, "api.py", "old\n", "fixed\n", ()))
    assert file.read_text() == "new\n"
