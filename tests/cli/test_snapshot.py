"""`asa snapshot` and `asa optimize --snapshot` as a user runs them."""

import asyncio
from pathlib import Path

import pytest
from tests.cli.test_optimize import SLOW, asa
from tests.database.shop import make_shop

from asa.database.url import parse_url


def test_a_snapshot_is_taken_and_optimized_with(tmp_path: Path, postgresql_url: str) -> None:
    asyncio.run(make_shop(postgresql_url, "ANALYZE"))
    (tmp_path / "slow.sql").write_text(SLOW)
    taken = asa(tmp_path, "snapshot", "-o", "prod.asa", "--url", postgresql_url)
    assert (taken.returncode, taken.stderr) == (0, "")
    head, _, rest = taken.stdout.partition("\nsnapshot -> prod.asa\n")
    assert head.startswith("asa snapshot -o prod.asa")
    assert head.endswith("2 tables")
    assert rest.rstrip() == "next  asa optimize LOG --snapshot prod.asa"
    done = asa(tmp_path, "optimize", "slow.sql", "--snapshot", "prod.asa")
    assert (done.returncode, done.stderr) == (1, "")
    assert "planned on prod.asa   PostgreSQL" in done.stdout
    assert "1 ✗ missing-index   orders (customer_id)" in done.stdout
    again = asa(tmp_path, "snapshot", "-o", "prod.asa", "--url", postgresql_url)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith("✗ prod.asa exists")


@pytest.mark.parametrize("values", ["--values", "--no-values"])
def test_a_snapshot_with_rows_says_what_it_holds(
    tmp_path: Path, sqlite_url: str, values: str
) -> None:
    asyncio.run(make_shop(sqlite_url, "CREATE VIRTUAL TABLE words USING fts5(word)"))
    (tmp_path / "slow.sql").write_text(SLOW)
    taken = asa(tmp_path, "snapshot", "-o", "prod.asa", "--url", sqlite_url, values)
    assert (taken.returncode, taken.stderr) == (0, "")
    held = {"--values": "as they are", "--no-values": "texts hashed"}[values]
    assert f"\n  holds     3,000 rows, {held}; readable by you alone\n" in taken.stdout
    Path(parse_url(sqlite_url).url.database or "").unlink()
    done = asa(tmp_path, "optimize", "slow.sql", "--snapshot", "prod.asa")
    assert (done.returncode, done.stderr) == (1, "")
    assert "planned on prod.asa   SQLite" in done.stdout
    assert "1 ✗ missing-index   orders (customer_id)" in done.stdout
    assert "proved, SQLite twin, snapshot of 20" in done.stdout


def test_a_snapshot_and_a_url_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "slow.sql").write_text(SLOW)
    done = asa(tmp_path, "optimize", "slow.sql", "--snapshot", "p.asa", "--url", "sqlite:///a.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--snapshot and --url" in done.stderr


def test_a_snapshot_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "slow.sql").write_text(SLOW)
    done = asa(tmp_path, "optimize", "slow.sql", "--snapshot", "p.asa")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == ["✗ there is no file p.asa", "next  asa snapshot -o p.asa"]
