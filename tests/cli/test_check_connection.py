"""`asa check-connection` as it is typed: output, exit code, and no password anywhere."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

PASSWORD = "s3cr3t/%:pw"


def asa(directory: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "asa", "check-connection", *arguments],
        check=False,
        cwd=directory,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        timeout=60,
    )


def test_a_healthy_database(tmp_path: Path, postgresql_url: str) -> None:
    done = asa(tmp_path, postgresql_url)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("asa check-connection   postgresql+asyncpg://postgres:***@")
    assert [line.split()[1] for line in lines if line.startswith("  ✓")] == [
        "connect",
        "login",
        "query",
        "session",
        "rights",
        "pre-ping",
        "checkout",
        "pool",
    ]
    assert lines[-1] == "✓ usable"
    assert all(len(line) <= 80 for line in lines[1:])


def test_a_warning_names_what_to_do_next(tmp_path: Path, postgresql_url: str) -> None:
    done = asa(tmp_path, postgresql_url, "--workers", "40")
    assert done.returncode == 0
    assert "! usable, 1 warning" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("next  set ")


def test_nobody_there(tmp_path: Path) -> None:
    done = asa(tmp_path, "postgresql://u:secret@127.0.0.1:1/db")
    assert done.returncode == 3
    assert "secret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[0] == (
        "✗ connection refused: nothing listens at 127.0.0.1:1   [refused]"
    )
    assert "    url     postgresql+asyncpg://u:***@127.0.0.1:1/db" in done.stderr
    assert "next  start the database" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_database_named(tmp_path: Path) -> None:
    done = asa(tmp_path, ASA_URL="")
    assert done.returncode == 2
    assert "next" in done.stderr


def test_an_option_that_no_driver_knows(tmp_path: Path) -> None:
    done = asa(tmp_path, "postgresql://u:secret@h/db?sslmod=require")
    assert done.returncode == 2
    assert "[unsupported-option]" in done.stderr
    assert 'did you mean "sslmode"?' in done.stderr


def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    done = asa(tmp_path, "sqlite:///shop.db")
    assert done.returncode == 3
    assert "[file-missing]" in done.stderr
    assert "asa upgrade" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_says_where_the_url_was_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# settings\n\nDATABASE_URL=sqlite:///none.db\n")
    (tmp_path / "asa.toml").write_text('url = "env:DATABASE_URL"\n')
    done = asa(tmp_path)
    assert done.returncode == 3
    assert "    from    env:DATABASE_URL, set in .env:3" in done.stderr


FAILURES = {
    "dns": "postgresql://u:{password}@no-such-host.invalid/db",
    "refused": "mysql://u:{password}@127.0.0.1:1/db",
    "option": "postgresql://u:{password}@h/db?nonsense={password}",
    "secret option": "mysql://u@127.0.0.1:1/db?password={password}&ssl_key_password={password}",
    "port": "postgresql://u:{password}@h:99999/db",
    "scheme": "oracle://u:{password}@h/db",
    "file": "sqlite://u:{password}@h/db",
    "unreadable": "postgresql//u:{password}@h/db",
    "tls file": "postgresql://u:{password}@h/db?sslrootcert=/none&sslpassword={password}",
}


@pytest.mark.parametrize("name", FAILURES)
def test_no_failure_shows_the_password(tmp_path: Path, name: str) -> None:
    """Not even in the traceback that ASA_DEBUG adds to the message."""
    url = FAILURES[name].format(password=quote(PASSWORD, safe=""))
    done = asa(tmp_path, url, ASA_DEBUG="1")
    assert done.returncode in (2, 3)
    assert done.stderr
    for secret in (PASSWORD, quote(PASSWORD, safe=""), quote(PASSWORD)):
        assert secret not in done.stdout + done.stderr


def test_a_refused_login_shows_no_password(
    tmp_path: Path, postgresql_url: str, mysql_url: str
) -> None:
    for text in (postgresql_url, mysql_url):
        scheme, _, rest = text.partition("://")
        url = f"{scheme}://someone:{quote(PASSWORD, safe='')}@{rest.partition('@')[2]}"
        done = asa(tmp_path, url, ASA_DEBUG="1")
        assert done.returncode == 3
        assert "[password]" in done.stderr
        for secret in (PASSWORD, quote(PASSWORD, safe="")):
            assert secret not in done.stdout + done.stderr


def test_writes_plain_text_where_the_encoding_has_no_symbols(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "shop.db").execute("CREATE TABLE t (id)").connection.close()
    done = asa(tmp_path, "sqlite:///shop.db", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert done.stdout.splitlines()[-1] == "ok usable"
