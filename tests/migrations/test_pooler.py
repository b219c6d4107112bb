"""Behind PgBouncer in transaction mode nothing is upgraded; the settings to write are named."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from tests.migrations.project import make_project
from tests.packages import CACHE, UnavailableError, unpacked

TABLE = "op.create_table('t0', sa.Column('id', sa.Integer, primary_key=True))"
SETTINGS = """
[databases]
* = host={host} port={port} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
auth_type = any
pool_mode = {mode}
unix_socket_dir =
ignore_startup_parameters = jit,extra_float_digits
"""
Pooler = Callable[[str], str]


@pytest.fixture(scope="session")
def pgbouncer() -> str:
    """The program, installed or unpacked from the distribution's package."""
    found = shutil.which("pgbouncer")
    if found:
        return found
    try:
        return str(unpacked("pgbouncer", Path("usr/sbin/pgbouncer"), CACHE / "pgbouncer"))
    except UnavailableError as error:
        pytest.skip(f"no pgbouncer: {error}")


@pytest.fixture
def pooled(pgbouncer: str, postgresql_url: str, tmp_path: Path) -> Iterator[Pooler]:
    """A function that starts a pooler in a mode and returns its URL of the test's database."""
    started: list[subprocess.Popen[bytes]] = []
    url = make_url(postgresql_url)

    def start(mode: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = tmp_path / f"{mode}.ini"
        settings.write_text(
            SETTINGS.format(
                host=url.host,
                port=url.port,
                user=url.username,
                password=url.password,
                listen=port,
                mode=mode,
            )
        )
        libraries = [str(path) for path in Path(pgbouncer).parents[2].glob("usr/lib/*-linux-*")]
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        process = subprocess.Popen(
            [pgbouncer, *user, str(settings)],
            env={**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)},
            stderr=subprocess.PIPE,
        )
        started.append(process)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, process.communicate()
                time.sleep(0.05)
        return url.set(port=port).render_as_string(hide_password=False)

    yield start
    for process in started:
        process.terminate()
        process.communicate()


def test_transaction_mode_is_refused_and_the_setting_named(pooled: Pooler, tmp_path: Path) -> None:
    url = pooled("transaction")
    project = make_project(tmp_path / "p", url)
    project.write_revision("a", None, TABLE)
    for options in ((), ("--no-lock",)):
        done = project.asa("upgrade", *options)
        assert done.returncode == 4
        assert "is a pooler in transaction mode: locks and settings would leak there" in done.stderr
        assert 'write   migration_url = "env:MIGRATION_URL"   below [tool.asa]' in done.stderr
        name = make_url(url).database
        set_to = f"MIGRATION_URL=postgresql+asyncpg://postgres:PASSWORD@SERVER:5432/{name}"
        assert f"set     {set_to}" in done.stderr
    assert project.tables() == set()


def test_session_mode_is_as_good_as_the_server(pooled: Pooler, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", pooled("session"))
    project.write_revision("a", None, TABLE)
    done = project.asa("upgrade")
    assert done.returncode == 0, done.stderr
    assert project.marks == ["a"]


def test_the_named_way_past_it_is_taken(
    pooled: Pooler, tmp_path: Path, postgresql_url: str
) -> None:
    project = make_project(tmp_path / "p", pooled("transaction"), "handed")
    project.write_revision("a", None, TABLE)
    (project.root / "asa.toml").write_text('url = "env:URL"\nmigration_url = "env:MIGRATION_URL"\n')
    done = project.asa("upgrade", URL=project.url, MIGRATION_URL=postgresql_url)
    assert done.returncode == 0, done.stderr
    assert "t0" in project.tables()
