"""`asa optimize` as a user runs it: exit code, stdout and stderr."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.database.shop import make_shop

from asa.database.engine import connection_to
from asa.database.url import parse_url

SLOW = "SELECT * FROM orders WHERE customer_id = 7;\n"
HEALTHY = "SELECT * FROM orders WHERE id = 7;\n"


def asa(directory: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run asa in a directory of its own."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith("ASA_")}
    return subprocess.run(
        [sys.executable, "-m", "asa", *arguments],
        cwd=directory,
        env={**bare, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


@pytest.fixture
def shop(tmp_path: Path, sqlite_url: str) -> Path:
    """Return a directory with two logs and a project whose database is a shop."""
    asyncio.run(make_shop(sqlite_url))
    (tmp_path / "asa.toml").write_text(f'url = "{sqlite_url}"\n')
    (tmp_path / "slow.sql").write_text(SLOW)
    (tmp_path / "healthy.sql").write_text(HEALTHY)
    return tmp_path


def test_a_proved_finding_is_shown_with_its_proof_and_exits_1(shop: Path) -> None:
    done = asa(shop, "optimize", "slow.sql")
    assert done.returncode == 1
    assert done.stderr == ""
    rows = done.stdout.splitlines()
    assert rows[0] == "asa optimize slow.sql   1 query, 1 class"
    assert rows[1].startswith("planned on ")
    assert "SQLite 3." in rows[1]
    assert rows[3].startswith("1 ✗ missing-index   orders (customer_id)")
    assert "    before  SCAN orders (gone)" in rows
    assert "    proof   proved, SQLite twin" in rows
    assert rows[-2] == "✗ 1 error, proved"
    assert rows[-1] == "next  add ix_orders_customer_id to the model, then asa migrate"


def test_where_no_application_is_the_next_step_is_the_statement(
    shop: Path, sqlite_url: str
) -> None:
    (shop / "asa.toml").unlink()
    done = asa(shop, "optimize", "slow.sql", "--url", sqlite_url)
    assert done.returncode == 1
    made = "CREATE INDEX ix_orders_customer_id ON orders (customer_id)"
    assert done.stdout.splitlines()[-1] == f"next  {made}"


def test_nothing_found_says_what_was_judged_and_exits_0(shop: Path) -> None:
    done = asa(shop, "optimize", "healthy.sql")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "✓ nothing found: 1 query class, 1 planned, 2 tables"


def test_several_logs_are_one_workload(shop: Path) -> None:
    done = asa(shop, "optimize", "healthy.sql", "slow.sql")
    assert done.stdout.startswith("asa optimize healthy.sql slow.sql   2 queries, 2 classes")


@pytest.mark.parametrize(("fail_on", "code"), [("info", 1), ("never", 0)])
def test_fail_on_decides_the_exit_code(shop: Path, fail_on: str, code: int) -> None:
    assert asa(shop, "optimize", "slow.sql", "--fail-on", fail_on).returncode == code


def test_an_unproved_finding_is_a_warning_and_exits_0(tmp_path: Path, postgresql_url: str) -> None:
    key = "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID"
    asyncio.run(make_shop(postgresql_url, key))
    (tmp_path / "slow.sql").write_text("DELETE FROM customers WHERE id = 7;\n")
    done = asa(tmp_path, "optimize", "slow.sql", "--url", postgresql_url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 ! missing-index" in done.stdout
    assert "unproved: no plan shows what a foreign key reads" in done.stdout
    assert (
        asa(
            tmp_path, "optimize", "slow.sql", "--url", postgresql_url, "--fail-on", "warning"
        ).returncode
        == 1
    )


def test_the_machine_forms_carry_nothing_else(shop: Path) -> None:
    done = asa(shop, "optimize", "slow.sql", "--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["findings"][0]["proof"]["status"] == "proved"
    assert done.stderr == ""
    done = asa(shop, "optimize", "slow.sql", "--format", "sarif")
    assert json.loads(done.stdout)["runs"][0]["results"][0]["ruleId"] == "missing-index"
    done = asa(shop, "optimize", "slow.sql", "--format", "github")
    assert done.stdout.startswith("::error title=missing-index")


def test_without_a_database_the_user_is_told(tmp_path: Path) -> None:
    (tmp_path / "slow.sql").write_text(SLOW)
    done = asa(tmp_path, "optimize", "slow.sql")
    assert done.returncode == 0
    assert "1 class not planned: no database is named, give --url" in done.stdout
    assert done.stdout.splitlines()[-2:] == [
        "· nothing found: 1 query class, none planned",
        "next  asa optimize slow.sql --url ...   to plan the queries too",
    ]


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    done = asa(tmp_path, "optimize", "nothing.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("✗ there is no file nothing.jsonl")
    assert "next  asa capture" in done.stderr


def test_a_database_that_does_not_answer_shows_no_password(tmp_path: Path) -> None:
    (tmp_path / "slow.sql").write_text(SLOW)
    done = asa(tmp_path, "optimize", "slow.sql", "--url", "postgresql://u:swordfish@127.0.0.1:1/d")
    assert (done.returncode, done.stdout) == (3, "")
    assert "swordfish" not in done.stderr
    assert "next  " in done.stderr


def test_a_url_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "slow.sql").write_text(SLOW)
    done = asa(tmp_path, "optimize", "slow.sql", "--url", "env:NOWHERE")
    assert (done.returncode, done.stdout) == (2, "")
    assert "NOWHERE is not set" in done.stderr


def test_values_stay_off_the_screen(shop: Path) -> None:
    (shop / "log.sql").write_text("SELECT * FROM orders WHERE customer_id = 4711;\n")
    for form in ("terminal", "sarif"):
        done = asa(shop, "optimize", "log.sql", "--format", form, "--verbose")
        assert done.returncode == 1
        assert "4711" not in done.stdout + done.stderr


def test_a_terminal_without_unicode_gets_plain_symbols(shop: Path) -> None:
    done = asa(shop, "optimize", "slow.sql", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "1 x missing-index" in done.stdout


async def set_prefix(url: str, *statements: str) -> None:
    async with connection_to(parse_url(url), autocommit=True) as connection:
        for statement in (*statements, "SELECT pg_reload_conf()"):
            await connection.exec_driver_sql(statement)


def test_the_prefix_of_a_servers_log_is_read_from_the_server(
    tmp_path: Path, postgresql_url: str
) -> None:
    log = tmp_path / "pg.log"
    entry = "shop;joe;x y;LOG:  duration: 1 ms  statement: SELECT 1\n"
    log.write_text(entry + entry.replace("shop", "yard").replace("1\n", "2 + 2\n"))
    arguments = ("optimize", str(log), "--url", postgresql_url, "--database", "shop")
    assert asa(tmp_path, *arguments).returncode == 2
    asyncio.run(set_prefix(postgresql_url, "ALTER SYSTEM SET log_line_prefix = '%d;%u;%a;'"))
    try:
        done = asa(tmp_path, *arguments)
    finally:
        asyncio.run(set_prefix(postgresql_url, "ALTER SYSTEM RESET log_line_prefix"))
    assert "1 query, 1 class" in done.stdout, done.stderr


def test_without_a_log_what_the_server_counted_is_asked_for(
    tmp_path: Path, sqlite_url: str, postgresql_url: str
) -> None:
    done = asa(tmp_path, "optimize", "--url", sqlite_url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "SQLite counts no statements" in done.stderr
    done = asa(tmp_path, "optimize", "--url", postgresql_url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pg_stat_statements" in done.stderr
    done = asa(tmp_path, "digest", "--url", sqlite_url, "--source", "pg_stat_statements")
    assert done.returncode == 2
    done = asa(tmp_path, "optimize")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no query log is named" in done.stderr
