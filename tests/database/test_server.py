"""Which server is behind a connection: asked of real ones, and told from other makes' banners."""

import asyncio
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.mysql.server import parsed_server
from asa.database.postgresql.server import flavour_of, version_numbers
from asa.database.url import parse_url
from asa.model.server import Server


def server_at(url: str, *, before: str = "") -> Server:
    database = parse_url(url)

    async def main() -> Server:
        async with connection_to(database) as connection:
            if before:
                await connection.exec_driver_sql(before)
            return await dialect_named(database.dialect).server(connection)

    return asyncio.run(main())


def test_names_the_server(database_url: str) -> None:
    server = server_at(database_url)
    assert server.dialect == parse_url(database_url).dialect
    assert server.flavour in ("PostgreSQL", "MariaDB", "MySQL", "SQLite")
    assert server.version[0] >= 3
    assert server.version_text.startswith(str(server.version[0]))
    assert server.read_only is False


def test_a_read_only_postgresql_says_so(postgresql_url: str) -> None:
    server = server_at(postgresql_url, before="SET default_transaction_read_only = on")
    assert server.read_only is True


def test_a_read_only_sqlite_file_says_so(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    sqlite3.connect(file).close()
    assert server_at(f"sqlite:///{file}").read_only is False
    assert server_at(f"sqlite:///{file}", before="PRAGMA query_only = on").read_only is True
    if os.geteuid() != 0:
        file.chmod(stat.S_IRUSR)
        assert server_at(f"sqlite:///{file}").read_only is True


@pytest.mark.parametrize(
    ("version", "comment", "read_only", "expected"),
    [
        (
            "10.11.6-MariaDB-0+deb12u1",
            "Debian 12",
            "0",
            Server("mysql", "MariaDB", (10, 11, 6), "10.11.6", False),
        ),
        (
            "5.5.5-10.6.16-MariaDB-log",
            "MariaDB Server",
            "1",
            Server("mysql", "MariaDB", (10, 6, 16), "10.6.16", True),
        ),
        (
            "8.4.2",
            "MySQL Community Server - GPL",
            "OFF",
            Server("mysql", "MySQL", (8, 4, 2), "8.4.2", False),
        ),
        (
            "8.0.36-28",
            "Percona Server (GPL), Release 28",
            "0",
            Server("mysql", "Percona Server", (8, 0, 36), "8.0.36", False),
        ),
        (
            "8.0.11-TiDB-v7.5.1",
            "TiDB Server (Apache License 2.0)",
            "0",
            Server("mysql", "TiDB", (7, 5, 1), "7.5.1", False),
        ),
    ],
)
def test_tells_the_makes_of_mysql_apart(
    version: str, comment: str, read_only: str, expected: Server
) -> None:
    assert parsed_server(version, comment, read_only) == expected


@pytest.mark.parametrize(
    ("banner", "flavour"),
    [
        ("PostgreSQL 16.4 (Debian 16.4-1) on x86_64-pc-linux-gnu", "PostgreSQL"),
        ("CockroachDB CCL v23.2.0 (x86_64-pc-linux-gnu)", "CockroachDB"),
        ("PostgreSQL 11.2-YB-2.20.1.0-b0 on x86_64", "YugabyteDB"),
        ("PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.12103", "Redshift"),
    ],
)
def test_tells_what_speaks_the_protocol_of_postgresql(banner: str, flavour: str) -> None:
    assert flavour_of(banner) == flavour


@pytest.mark.parametrize(
    ("text", "numbers"), [("16.4", (16, 4)), ("18beta1", (18,)), ("9.6.24", (9, 6, 24)), ("", ())]
)
def test_reads_the_numbers_of_a_version(text: str, numbers: tuple[int, ...]) -> None:
    assert version_numbers(text) == numbers


@pytest.mark.parametrize(("innodb", "reads"), [("ON", True), ("OFF", False)])
def test_a_reader_of_aurora_is_a_replica(innodb: str, reads: bool) -> None:
    more = {"aurora_version": "3.05.2", "innodb_read_only": innodb}
    server = parsed_server("8.0.32", "Source distribution", "0", more)
    assert server == Server("mysql", "Aurora MySQL", (8, 0, 32), "8.0.32", reads, reads)
