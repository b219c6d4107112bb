"""A scratch MariaDB or MySQL: installed programs, or a package's tree unpacked on the PATH."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.scratch.installation import Installation, programs_in, programs_on_path
from asa.scratch.servers.engine import Address, Engine, Setup
from asa.scratch.supervision import Plan, Step, environment

__all__ = ["MYSQL"]

PROGRAMS = ("mariadbd", "mysqld")
# Servers live in sbin or libexec, which an ordinary user's PATH leaves out.
USUAL_PLACES = (
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/libexec",
    "/usr/local/mysql/bin",
    "/opt/homebrew/opt/mariadb*/bin",
    "/opt/homebrew/opt/mysql*/bin",
    "/usr/local/opt/mariadb*/bin",
    "/usr/local/opt/mysql*/bin",
    "/opt/local/lib/mariadb*/bin",
)
SYSTEM = (Path("/"), Path("/usr"), Path("/usr/local"))
QUIET = ("--no-defaults",)
PROFILES = Path("/etc/apparmor.d")
SHARES = ("share/mysql", "share/mariadb", "share")
PLUGINS = ("lib/mysql/plugin", "lib/mariadb/plugin", "lib/plugin", "lib64/mariadb/plugin")

# What `mariadb-install-db` feeds a server in bootstrap mode, less the help texts.
# MariaDB 11 renamed the files.
BOOTSTRAP = (
    ("mariadb_system_tables.sql", "mysql_system_tables.sql"),
    ("mariadb_performance_tables.sql", "mysql_performance_tables.sql"),
    ("mariadb_system_tables_data.sql", "mysql_system_tables_data.sql"),
    ("maria_add_gis_sp_bootstrap.sql",),
    ("mariadb_sys_schema.sql", "mysql_sys_schema.sql"),
)

# Nothing here survives its owner: durability would only cost time.
SETTINGS = (
    "--skip-log-bin",
    "--skip-name-resolve",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--loose-innodb-log-file-size=32M",
    "--innodb-buffer-pool-size=64M",
    "--innodb-use-native-aio=0",  # containers forbid io_uring
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--loose-mysqlx=OFF",
)


class MySQL:
    """MariaDB or MySQL as scratch server."""

    dialect = "mysql"
    title = "MariaDB or MySQL"
    hint = (
        "install one (apt install mariadb-server, brew install mariadb), "
        "or name a server with --scratch-url"
    )

    def installations(self) -> Iterable[Installation]:
        """Yield the server programs on PATH, then those in the usual places."""
        seen = set()
        for program in programs():
            real = program.resolve()
            if real not in seen:
                seen.add(real)
                yield installed(real)

    def plan(self, setup: Setup) -> Plan:
        """Return a plan that makes the system tables and serves them."""
        installation, directory = setup.installation, setup.directory
        places = (
            f"--datadir={directory / 'data'}",
            f"--secure-file-priv={directory}",  # MySQL's own default need not exist
            *layout(setup),
        )
        if installation.server.flavour == "MariaDB":
            prepare = (str(installation.program), "--no-defaults", "--bootstrap", *places)
            step = Step((*prepare, *SETTINGS, "--enforce-storage-engine="), stdin="bootstrap.sql")
            files = {"bootstrap.sql": bootstrap(setup.source), "data/mysql/.keep": ""}
        else:
            prepare = (str(installation.program), "--no-defaults", "--initialize-insecure")
            step = Step((*prepare, *places, *SETTINGS))
            files = {}
        serve = (
            *(str(installation.program), "--no-defaults", *places, *SETTINGS),
            *("--bind-address=127.0.0.1", f"--port={setup.address.port}"),
            *(f"--socket={directory / 'socket'}", f"--pid-file={directory / 'pid'}"),
            f"--init-file={directory / 'accounts.sql'}",
            *(f"--{name}={value}" for name, value in setup.settings.items()),
        )
        return Plan(
            directory=directory,
            files={**files, "accounts.sql": accounts(setup.address.password)},
            steps=(step,),
            serve=Step(serve),
            ready="ready for connections",
            stop=signal.SIGKILL,  # it holds nothing outside its directory
            environment=environment(directory, installation.libraries),
        )

    def url(self, address: Address) -> str:
        """Return the URL of the server's own database."""
        return f"mysql+aiomysql://root:{address.password}@127.0.0.1:{address.port}/mysql"

    async def create(self, connection: AsyncConnection, name: str) -> None:
        """Make a database of whole Unicode, whatever the server's default."""
        await connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")

    async def drop(self, connection: AsyncConnection, name: str) -> None:
        """End the database's connections, whose locks it would wait for, and remove it."""
        found = await connection.execute(
            text("SELECT id FROM information_schema.processlist WHERE db = :name"), {"name": name}
        )
        for (number,) in found.all():
            with suppress(DBAPIError):  # it ended by itself
                await connection.exec_driver_sql(f"KILL {number}")
        await connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")


def programs() -> Iterator[Path]:
    """Yield the server programs of this machine."""
    yield from programs_on_path(*PROGRAMS)
    for pattern in USUAL_PLACES:
        for directory in Path("/").glob(pattern.lstrip("/")):
            yield from programs_in(directory, *PROGRAMS)


def installed(program: Path) -> Installation:
    """Return the installation around a program.

    An unpacked package (`.../usr/sbin/mariadbd`) has its shared libraries beside it, where
    the loader does not look.
    """
    prefix = program.parent.parent
    copied = confined(program)
    if prefix in SYSTEM:
        itself = (str(program.relative_to(prefix)),)
        return Installation(program, prefix, itself, quiet=QUIET, copied=copied)
    unpacked = prefix.name == "usr"
    root = prefix.parent if unpacked else prefix
    needed = [program, prefix / "share", prefix / "lib", *([root / "lib"] if unpacked else [])]
    parts = tuple(str(part.relative_to(root)) for part in dict.fromkeys(needed) if part.exists())
    libraries = (*root.glob("usr/lib/*-linux-*"), *root.glob("lib/*-linux-*")) if unpacked else ()
    return Installation(program, root, parts, libraries, QUIET, copied=copied)


def confined(program: Path) -> bool:
    """Tell whether AppArmor keeps the program to its service's directories, as on Ubuntu.

    A profile holds for a path: the same program runs freely from another.
    """
    profile = PROFILES / str(program).strip("/").replace("/", ".")
    try:
        return "{" in profile.read_text(encoding="utf-8")
    except OSError:
        return False


def layout(setup: Setup) -> tuple[str, ...]:
    """Return the options that tell a server where its own files are."""
    prefix = setup.source.program.parent.parent
    options = []
    messages = share_of(prefix)
    if messages is not None:
        share = setup.placed(messages)
        base = prefix if share == messages else setup.installation.program.parent.parent
        options = [f"--basedir={base}", f"--lc-messages-dir={share}"]
    plugins = (prefix / place for place in PLUGINS)
    options += [f"--plugin-dir={setup.placed(p)}" for p in plugins if p.is_dir()][:1]
    return tuple(options)


def share_of(prefix: Path) -> Path | None:
    """Return the directory of the server's messages."""
    for share in SHARES:
        if (prefix / share / "english" / "errmsg.sys").is_file():
            return prefix / share
    return None


def bootstrap(installation: Installation) -> str:
    """Return the SQL that makes MariaDB's system tables, without any account of root's."""
    share = share_of(installation.program.parent.parent)
    texts = ["use mysql;"]
    for names in BOOTSTRAP:
        files = (share / name for name in names) if share else ()
        texts.append(next((file.read_text("utf-8") for file in files if file.is_file()), ""))
    texts.append("DELETE FROM global_priv WHERE User IN ('root', '');")
    return "\n".join(texts) + "\n"


def accounts(password: str) -> str:
    """Return the SQL, one statement a line, that lets only root with a password in."""
    lines = []
    for host in ("localhost", "127.0.0.1"):
        user = f"'root'@'{host}'"
        lines += [
            f"CREATE USER IF NOT EXISTS {user};",
            f"ALTER USER {user} IDENTIFIED BY '{password}';",
            f"GRANT ALL PRIVILEGES ON *.* TO {user} WITH GRANT OPTION;",
        ]
    return "\n".join(lines) + "\n"


MYSQL: Engine = MySQL()
