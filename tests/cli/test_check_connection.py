"""`asa check-connection` as it is typed: output, exit code, and no password anywhere."""

import json
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
    head = " ".join(done.stdout.partition("\n\n")[0].split())
    assert head.startswith("asa check-connection postgresql+asyncpg://postgres:***@")
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
    assert all(len(line) <= 80 for line in lines)


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


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    sqlite3.connect(tmp_path / "shop.db").execute("CREATE TABLE t (id)").connection.close()
    return f"sqlite:///{tmp_path}/shop.db"


def test_a_wrong_password_in_env_is_corrected_there(tmp_path: Path, postgresql_url: str) -> None:
    scheme, _, rest = postgresql_url.partition("://")
    url = f"{scheme}://shop:wrong-one@{rest.partition('@')[2]}"
    (tmp_path / ".env").write_text(f"DATABASE_URL={url}\n")
    done = asa(tmp_path, "env:DATABASE_URL")
    assert done.returncode == 3
    lines = done.stderr.splitlines()
    assert lines[0].startswith('✗ login refused: wrong password for "shop" at 127.0.0.1')
    assert "    tried   once; waiting cannot mend this" in lines
    assert lines[-1] == "next  correct .env:1, then asa check-connection"
    assert "wrong-one" not in done.stdout + done.stderr


def test_several_databases_are_checked_together(
    tmp_path: Path, file_url: str, postgresql_url: str, mysql_url: str
) -> None:
    nobody = "postgresql://u:secret@127.0.0.1:1/db"
    done = asa(tmp_path, file_url, postgresql_url, mysql_url, nobody, "--format", "json")
    assert done.returncode == 3
    databases = json.loads(done.stdout)["databases"]
    assert [one["usable"] for one in databases] == [True, True, True, False]
    assert [step["step"] for step in databases[1]["steps"]][:2] == ["connect", "login"]
    assert [step["step"] for step in databases[2]["steps"]][:2] == ["connect", "login"]
    assert databases[3]["cause"] == "refused"
    assert "secret" not in done.stdout + done.stderr


def test_requirements_gate(tmp_path: Path, file_url: str) -> None:
    met = asa(tmp_path, file_url, "--require", "sqlite>=3.7,primary,privileges")
    assert met.returncode == 0
    unmet = asa(tmp_path, file_url, "--require", "postgresql>=14")
    assert unmet.returncode == 1
    assert "✗ require     postgresql>=14: the server is SQLite" in unmet.stdout
    wrong = asa(tmp_path, file_url, "--require", "postgres>=14")
    assert wrong.returncode == 2
    assert 'did you mean "postgresql"?' in wrong.stderr


@pytest.mark.parametrize("form", ["github", "markdown"])
def test_other_forms(tmp_path: Path, file_url: str, form: str) -> None:
    done = asa(tmp_path, file_url, "--workers", "2", "--format", form)
    assert done.returncode == 0
    expected = "::warning title=asa check-connection journal::" if form == "github" else "| ! |"
    assert expected in done.stdout


def test_deep_opens_all_and_breaks_one_without_pre_ping(
    tmp_path: Path, postgresql_url: str
) -> None:
    done = asa(tmp_path, postgresql_url, "--deep", "--pings", "4", "--pool-size", "2")
    assert done.returncode == 0
    assert "in 4 pings" in done.stdout
    assert "opened 12 connections at once" in done.stdout
    assert "no pre-ping: the same break is an error (connection-lost)" in done.stdout


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [("--wait", "soon", "60s"), ("--timeout", "0", "--timeout 10"), ("--wait-for", "x", "all")],
)
def test_refuses_wrong_options(tmp_path: Path, option: str, value: str, says: str) -> None:
    done = asa(tmp_path, "sqlite://", option, value)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_waits_in_plain_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    done = asa(tmp_path, "postgresql://u:secret@127.0.0.1:1/db", "--wait", "1s")
    assert done.returncode == 3
    waits = [line for line in done.stderr.splitlines() if "waiting:" in line]
    assert len(waits) == 1
    assert "times in 1 s; waiting can mend this" in done.stderr


ENV_PY = """
raise SystemExit("a check does not run env.py")
"""


def test_compares_the_database_with_the_projects_head(tmp_path: Path, file_url: str) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "migrations" / "env.py").write_text(ENV_PY)
    for name, parent in (("a1", None), ("b2", "a1")):
        (versions / f"{name}.py").write_text(f"revision = {name!r}\ndown_revision = {parent!r}\n")
    (tmp_path / "asa.toml").write_text(f'url = "{file_url}"\n')

    behind = asa(tmp_path, "--require", "at-head")
    assert behind.returncode == 1
    assert "! schema      2 behind head b2" in behind.stdout
    assert "next  asa upgrade" in behind.stdout

    database = sqlite3.connect(tmp_path / "shop.db")
    database.execute("CREATE TABLE alembic_version (version_num TEXT)")
    database.execute("INSERT INTO alembic_version VALUES ('b2')")
    database.commit()
    there = asa(tmp_path, "--require", "at-head")
    assert there.returncode == 0, there.stderr
    assert "✓ schema      at head b2" in there.stdout

    database.execute("UPDATE alembic_version SET version_num = 'zz'")
    database.commit()
    database.close()
    lost = asa(tmp_path)
    assert "marked with zz, which no file here has" in lost.stdout


def test_every_database_of_the_settings_is_checked(
    tmp_path: Path, file_url: str, postgresql_url: str
) -> None:
    settings = f'url = "{file_url}"\n[databases.reports]\nurl = "env:REPORTS_URL"\n'
    settings += '[databases.gone]\nurl = "mysql://u:secret@127.0.0.1:1/db"\n'
    (tmp_path / "asa.toml").write_text(settings)
    done = asa(tmp_path, "--all", "--format", "json", REPORTS_URL=postgresql_url)
    assert done.returncode == 3, done.stderr
    databases = json.loads(done.stdout)["databases"]
    assert [(one["name"], one["usable"]) for one in databases] == [
        (None, True),
        ("reports", True),
        ("gone", False),
    ]
    details = {one["label"]: one["text"] for one in databases[2]["details"]}
    assert details["from"] == "[databases.gone] in asa.toml"
    assert "secret" not in done.stdout + done.stderr

    one = asa(tmp_path, "--database", "reports", REPORTS_URL=postgresql_url)
    assert one.returncode == 0
    head = " ".join(one.stdout.partition("\n\n")[0].split())
    assert head.startswith("asa check-connection reports postgresql+asyncpg://")


def test_every_database_is_one_that_the_settings_name(tmp_path: Path, file_url: str) -> None:
    none = asa(tmp_path, "--all", ASA_URL="")
    assert none.returncode == 2
    assert "[tool.asa.databases.NAME]" in none.stderr
    both = asa(tmp_path, file_url, "--all")
    assert both.returncode == 2
    named_twice = asa(tmp_path, file_url, "--database", "main")
    assert named_twice.returncode == 2
    absent = asa(tmp_path, "--database", "main")
    assert absent.returncode == 2
    assert "Traceback" not in absent.stderr


IAM = """
import asyncio

async def token(url):
    await asyncio.sleep(0)
    return {"postgres": PASSWORD}[url.username]

def stale():
    return "t0ken-of-yesterday"

def fails():
    raise RuntimeError("t0ken-in-the-message")
"""


def test_a_function_of_the_project_gives_the_password(tmp_path: Path, postgresql_url: str) -> None:
    scheme, _, rest = postgresql_url.partition("://")
    credentials, _, address = rest.partition("@")
    password = credentials.partition(":")[2]
    (tmp_path / "iam.py").write_text(IAM.replace("PASSWORD", repr(password)))
    (tmp_path / "asa.toml").write_text(
        f'url = "{scheme}://postgres@{address}"\npassword = "iam:token"\n'
    )
    assert asa(tmp_path).returncode == 0
    asked = asa(tmp_path, f"{scheme}://postgres:wrong@{address}", "--password-from", "iam:token")
    assert asked.returncode == 0, asked.stderr
    for name in ("stale", "fails"):
        done = asa(tmp_path, "--password-from", f"iam:{name}", ASA_DEBUG="1")
        assert done.returncode == (3 if name == "stale" else 2)
        assert "t0ken" not in done.stdout + done.stderr
        assert password not in done.stdout + done.stderr


def test_the_causes_can_be_listed(tmp_path: Path) -> None:
    from asa.database.causes import CAUSES

    plain = asa(tmp_path, "--causes")
    assert plain.returncode == 0
    table = asa(tmp_path, "--causes", "--format", "markdown").stdout
    causes = json.loads(asa(tmp_path, "--causes", "--format", "json").stdout)["causes"]
    assert [cause["cause"] for cause in causes] == [cause.code for cause in CAUSES]
    for cause in causes:
        assert f"  {cause['cause']}" in plain.stdout
        assert f"| `{cause['cause']}` |" in table
        assert "{" not in cause["message"] + (cause["hint"] or "")


def test_several_databases_say_what_is_waited_for(tmp_path: Path, file_url: str) -> None:
    nobody = "postgresql://u:secret@127.0.0.1:1/db"
    done = asa(tmp_path, file_url, nobody, "--wait", "1s")
    assert done.returncode == 3
    assert "waiting: connection refused" in done.stderr
    assert "✓ usable" in done.stdout
