"""Servers of asa's own: private, found or refused with a reason, several at once."""

import asyncio
import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from asa.errors import ScratchError
from asa.scratch import Server, expected_server, scratch_database, scratch_server
from asa.scratch.account import server_account
from asa.scratch.servers import ENGINES
from asa.scratch.start import start_server, usable

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root can become another user")
LISTENING = ("postgresql", "mysql")
OWNER = Path(__file__).with_name("owner.py")


@pytest.fixture(params=LISTENING)
def listening_server(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(f"{request.param}_server")
    return server


async def scalar(url: str, sql: str) -> object:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return (await connection.exec_driver_sql(sql)).scalar()
    finally:
        await engine.dispose()


def test_two_servers_at_once_are_two(database_server: Server) -> None:
    """Servers started at the same moment share neither directory nor port."""

    async def main() -> None:
        dialect = database_server.dialect
        one, other = await asyncio.gather(start_server(dialect), start_server(dialect))
        try:
            async with one.database() as first, other.database() as second:
                assert await scalar(first, "SELECT 1") == await scalar(second, "SELECT 1") == 1
                assert one.supervised.directory != other.supervised.directory
        finally:
            await one.stop()
            await other.stop()

    asyncio.run(main())


def test_its_directory_is_private(database_server: Server) -> None:
    async def main() -> None:
        async with scratch_server(database_server.dialect) as server:
            assert stat.S_IMODE(server.supervised.directory.stat().st_mode) == 0o700

    asyncio.run(main())


def test_it_listens_on_loopback_and_asks_its_password(listening_server: Server) -> None:
    """Another user of this machine reaches the port, and is refused."""

    async def main() -> None:
        async with scratch_server(listening_server.dialect) as server:
            url = make_url(await server.create_database())
            assert url.host == "127.0.0.1"
            for password in ("", "wrong"):
                wrong = url.set(password=password).render_as_string(hide_password=False)
                with pytest.raises(Exception, match=r"(?i)password|access denied"):
                    await scalar(wrong, "SELECT 1")
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((socket.gethostname(), url.port), 1)

    asyncio.run(main())


@as_root
def test_as_root_it_runs_as_another_user(listening_server: Server) -> None:
    """The server's process and files belong to an account without privileges."""
    queries = {
        "postgresql": "SELECT pg_read_file('postmaster.pid')",
        "mysql": "SELECT load_file(@@pid_file)",
    }

    def owner_of(path: Path) -> int:
        return path.stat().st_uid

    async def main() -> tuple[int, int]:
        async with scratch_server(listening_server.dialect) as server, server.database() as url:
            said = await scalar(url, queries[server.dialect])
            text = said.decode() if isinstance(said, bytes) else str(said)
            process = Path("/proc", text.split()[0])
            return owner_of(process), owner_of(server.supervised.directory)

    account = server_account()
    assert account is not None
    assert account.uid != 0
    assert asyncio.run(main()) == (account.uid, account.uid)


@as_root
def test_programs_that_its_user_cannot_reach_are_copied(
    listening_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual environment in root's home serves, and keeps its permissions."""
    movable = [i for i in usable(ENGINES[listening_server.dialect])[0] if i.parts]
    if not movable:
        pytest.skip("nothing here that could be copied")
    source = movable[0]
    hidden = tmp_path / "home" / source.root.name
    for part in source.parts:
        target = hidden / part
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (source.root / part).is_dir() else shutil.copy2
        copy(source.root / part, target)
    (tmp_path / "home").chmod(0o700)
    for name in ("postgresql", "mysql"):
        monkeypatch.setattr(f"asa.scratch.servers.{name}.USUAL_PLACES", ())
    monkeypatch.setattr("asa.scratch.servers.postgresql.WHEEL", "no_such_wheel")
    monkeypatch.setenv("PATH", f"{source.below(hidden).program.parent}:/usr/bin:/bin")
    monkeypatch.setattr("asa.scratch.servers.postgresql.programs_on_path", only(hidden))

    async def main() -> object:
        async with scratch_database(listening_server.dialect) as url:
            return await scalar(url, "SELECT 1")

    assert usable(ENGINES[listening_server.dialect])[0][0].copied
    assert asyncio.run(main()) == 1
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def only(root: Path):
    """Return a search of PATH that finds nothing outside `root` (a pg_config elsewhere)."""
    from asa.scratch.installation import programs_on_path

    return lambda *names: (p for p in programs_on_path(*names) if root in p.parents)


@as_root
def test_it_starts_for_an_ordinary_user_too(database_server: Server) -> None:
    """The same program, run by someone who may become nobody else."""
    account = server_account()
    assert account is not None
    done = subprocess.run(
        [sys.executable, OWNER, database_server.dialect, "exit"],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        env={**os.environ, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    if "Permission denied" in done.stderr and "ready" not in done.stdout:
        pytest.skip("this checkout cannot be read by an ordinary user")
    assert done.returncode == 0, done.stderr
    assert not Path(done.stdout.split()[1]).exists()


def test_what_is_expected_is_what_starts(listening_server: Server) -> None:
    """The version named beforehand is the one that the running server tells."""

    async def main() -> tuple[str, str]:
        expected = await expected_server(listening_server.dialect)
        async with scratch_database(listening_server.dialect) as url:
            return expected.version_text, str(await scalar(url, "SELECT version()"))

    expected, told = asyncio.run(main())
    assert expected in told


def test_without_programs_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No PostgreSQL and no MariaDB: each error names its own remedy."""
    bare(monkeypatch)
    with pytest.raises(ScratchError, match="no PostgreSQL found") as postgresql:
        asyncio.run(start_server("postgresql"))
    with pytest.raises(ScratchError, match="no MariaDB or MySQL found") as mysql:
        asyncio.run(expected_server("mysql"))
    assert 'pip install "asa-toolkit[twin]"' in postgresql.value.hint
    assert "apt install mariadb-server" in mysql.value.hint


def bare(monkeypatch: pytest.MonkeyPatch, path: str = "") -> None:
    """Make this a machine without database servers."""
    monkeypatch.setenv("PATH", path)
    for name in LISTENING:
        monkeypatch.setattr(f"asa.scratch.servers.{name}.USUAL_PLACES", ())
    monkeypatch.setattr("asa.scratch.servers.postgresql.WHEEL", "no_such_wheel")
    if ROOT:
        account = server_account()
        monkeypatch.setattr("asa.scratch.start.server_account", lambda: account)


def test_a_server_that_does_not_start_is_shown_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken installation is named, with what it said last."""
    tmp_path.chmod(0o755)
    for directory in tmp_path.parents[:2]:
        if ROOT and directory != Path("/tmp"):
            directory.chmod(0o755)
    program(tmp_path / "postgres", 'echo "postgres (PostgreSQL) 16.4"')
    program(tmp_path / "initdb", 'echo "no such disk"; exit 1')
    bare(monkeypatch, str(tmp_path))
    with pytest.raises(ScratchError, match="no PostgreSQL on this machine starts") as caught:
        asyncio.run(start_server("postgresql"))
    assert caught.value.details == ((str(tmp_path / "postgres"), "initdb: no such disk"),)


def program(file: Path, body: str) -> None:
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def test_a_port_taken_in_the_meantime_is_replaced(
    listening_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between finding a free port and binding it another program may come first."""
    with socket.create_server(("127.0.0.1", 0)) as busy, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        ports = [busy.getsockname()[1], free.getsockname()[1]]
        free.close()
        monkeypatch.setattr("asa.scratch.start.free_port", lambda: ports.pop(0))

        async def main() -> object:
            async with scratch_database(listening_server.dialect) as url:
                return await scalar(url, "SELECT 1")

        assert asyncio.run(main()) == 1
    assert ports == []
