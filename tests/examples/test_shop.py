"""The demo shop is the same each time, and its mends answer the same."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.examples.mends import MENDS, SHOP

CREATE = """
import asyncio
from shop.db import engine
from shop.models import Base

async def main():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()

asyncio.run(main())
"""


def python(project: Path, *arguments: str) -> str:
    """Run Python in a copy of the shop; return what it printed."""
    environ = {name: value for name, value in os.environ.items() if name != "SHOP_DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def copied(directory: Path) -> Path:
    """Copy the shop's files."""
    return Path(shutil.copytree(SHOP, directory, ignore=shutil.ignore_patterns("__pycache__")))


def filled(directory: Path) -> Path:
    """Copy the shop, make its tables and fill them."""
    project = copied(directory)
    python(project, "-c", CREATE)
    assert python(project, "-m", "shop.seed") == "filled with a year of business\n"
    return project


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a shop on SQLite, filled and not opened yet; tests copy it."""
    return filled(tmp_path_factory.mktemp("filled") / "shop")


def rows(project: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all that the shop's SQLite database holds."""
    connection = sqlite3.connect(project / "shop.db")
    tables = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
    ]
    held = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    connection.close()
    return held


def test_the_year_is_the_same_each_time(tmp_path: Path, shop: Path) -> None:
    held = rows(shop)
    assert held == rows(filled(tmp_path / "again"))
    assert sum(len(of_table) for of_table in held.values()) > 7000
    assert all(held.values())


def test_a_filled_shop_is_not_filled_twice(shop: Path) -> None:
    before = rows(shop)
    assert python(shop, "-m", "shop.seed") == "filled already\n"
    assert rows(shop) == before


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory, shop: Path) -> str:
    """Return what the shop says of an afternoon, as it is."""
    project = shutil.copytree(shop, tmp_path_factory.mktemp("as it is") / "shop")
    return python(Path(project), "-m", "shop.main")


@pytest.mark.parametrize("fault", [name for name, mend in MENDS.items() if not mend.schema])
def test_a_mended_shop_answers_the_same(
    tmp_path: Path, shop: Path, answer: str, fault: str
) -> None:
    project = Path(shutil.copytree(shop, tmp_path / "mended"))
    MENDS[fault].apply(project)
    assert python(project, "-m", "shop.main") == answer
