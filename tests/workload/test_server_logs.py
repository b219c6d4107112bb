"""One workload, really run, gives the same classes, calls and values from every log of it."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.errors import DatabaseError, LogError
from asa.model.statement_statistics import StatementStatistics
from asa.model.workload import QueryClass, Workload
from asa.scratch import Server, start_server
from asa.workload import Selection, read_workload
from asa.workload.statistics import digest_of_statistics

PROGRAM = Path(__file__).with_name("program.py")
TABLE = "logged"

POSTGRESQL = {
    "logging_collector": "on",
    "log_directory": "..",
    "log_filename": "server.log",
    "log_destination": "stderr,csvlog,jsonlog",
    "log_line_prefix": "%m [%p] %q%u@%d/%a %v ",
    "shared_preload_libraries": "pg_stat_statements",
}
POSTGRESQL_FILES = {"log": "stderr", "csv": "csv", "json": "json"}
# Each database logs in a way of its own; `auto_explain` tells of no statement that fails.
POSTGRESQL_WAYS = {
    "durations": {"log_min_duration_statement": "0"},
    "statements": {"log_statement": "'all'", "log_duration": "on"},
    "both": {"log_statement": "'all'", "log_min_duration_statement": "0"},
    "untimed": {"log_statement": "'all'"},
    "explained": {
        "log_min_duration_statement": "0",
        "session_preload_libraries": "'auto_explain'",
        "auto_explain.log_min_duration": "0",
    },
    "explained in json": {
        "log_statement": "'all'",
        "log_duration": "on",
        "session_preload_libraries": "'auto_explain'",
        "auto_explain.log_min_duration": "0",
        "auto_explain.log_format": "json",
    },
}
MYSQL = {
    "slow_query_log": "ON",
    "long_query_time": "0",
    "slow_query_log_file": "slow.log",
    "general_log": "ON",
    "general_log_file": "general.log",
    "performance_schema": "ON",
}


def started(lent: Server, settings: dict[str, str]) -> Iterator[Server]:
    if lent.supervised is None:
        pytest.skip("only a lent server here, which logs as it likes")
    server = asyncio.run(start_server(lent.dialect, settings=settings))
    yield server
    asyncio.run(server.stop())


@pytest.fixture(scope="module")
def postgresql(postgresql_server: Server) -> Iterator[Server]:
    yield from started(postgresql_server, POSTGRESQL)


@pytest.fixture(scope="module")
def mysql(mysql_server: Server) -> Iterator[Server]:
    yield from started(mysql_server, MYSQL)


def captured(url: str, file: Path) -> Workload:
    """Run the program under asa capture."""
    command = (sys.executable, "-m", "asa", "capture", "-o", str(file), "--")
    subprocess.run([*command, sys.executable, str(PROGRAM), url], check=True, capture_output=True)
    return read_workload([str(file)])


def counted(url: str) -> Workload:
    """Read what the server itself counted."""

    async def ask() -> StatementStatistics:
        database = parse_url(url)
        read = dialect_named(database.dialect).statements
        assert read is not None
        async with connection_to(database) as connection:
            return await read(connection)

    return digest_of_statistics(asyncio.run(ask()), Selection()).workload()


def of_table(workload: Workload) -> list[QueryClass]:
    """The program's own classes: drivers and pools ask questions of their own."""
    return [c for c in workload.classes if TABLE in c.fingerprint]


def calls(workload: Workload) -> dict[str, int]:
    return {c.fingerprint: c.calls for c in of_table(workload)}


def values(workload: Workload) -> dict[str, set[tuple[object, ...]]]:
    """Bound values by class, as text: PostgreSQL's log does not tell their types."""
    return {
        c.fingerprint: {
            tuple(None if value is None else str(value) for value in s.parameters)
            for s in c.parameter_sets
            if s.parameters
        }
        for c in of_table(workload)
    }


async def create(server: Server, ways: dict[str, str]) -> str:
    url = await server.create_database()
    async with connection_to(parse_url(url), autocommit=True) as connection:
        for name, value in ways.items():
            database = make_url(url).database
            await connection.exec_driver_sql(f"ALTER DATABASE {database} SET {name} = {value}")
    return url


async def run(url: str, *statements: str) -> None:
    async with connection_to(parse_url(url), autocommit=True) as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


@pytest.mark.parametrize("way", POSTGRESQL_WAYS)
def test_postgresql_logs_what_capture_sees(postgresql: Server, way: str, tmp_path: Path) -> None:
    url = asyncio.run(create(postgresql, POSTGRESQL_WAYS[way]))
    seen = captured(url, tmp_path / "capture.jsonl")
    assert sum(calls(seen).values()) == 12
    assert postgresql.supervised is not None
    for ending, form in POSTGRESQL_FILES.items():
        log = str(postgresql.supervised.directory / f"server.{ending}")
        selection = Selection(database=make_url(url).database)
        logged = read_workload([log], selection=selection)
        assert logged.sources[0].format == f"postgresql-{form}"
        assert calls(logged) == calls(seen), f"{way}, {form}"
        assert values(logged) == values(seen), f"{way}, {form}"
        planned = {c.fingerprint.split()[0] for c in of_table(logged) if c.plan is not None}
        assert planned == ({"SELECT", "INSERT", "UPDATE"} if "explained" in way else set())
        failed = [c.errors for c in of_table(logged) if "missing" in c.fingerprint]
        assert failed == [1]
        times = {c.total_ms is not None for c in of_table(logged) if not c.errors}
        assert times == {way != "untimed"}
        (origin,) = {origin for c in of_table(logged) for origin, _ in c.origins}
        assert origin[:2] == ("postgres", make_url(url).database)


@pytest.mark.parametrize("form", ["slow", "general"])
def test_mysql_logs_what_capture_sees(mysql: Server, form: str, tmp_path: Path) -> None:
    url = asyncio.run(mysql.create_database())
    seen = captured(url, tmp_path / "capture.jsonl")
    assert mysql.supervised is not None
    log = str(mysql.supervised.directory / "data" / f"{form}.log")
    logged = read_workload([log], selection=Selection(database=make_url(url).database))
    assert logged.sources[0].format == f"mysql-{form}"
    assert calls(logged) == calls(seen)
    assert {c.total_ms is not None for c in of_table(logged)} == {form == "slow"}
    assert not any(c.truncated for c in logged.classes)
    (origin,) = {origin for c in of_table(logged) for origin, _ in c.origins}
    assert origin == ("root", make_url(url).database, None)


def test_pg_stat_statements_counts_what_capture_sees(postgresql: Server, tmp_path: Path) -> None:
    url = asyncio.run(create(postgresql, {}))
    with pytest.raises(LogError, match="has no extension") as caught:
        counted(url)
    assert caught.value.hint.startswith("CREATE EXTENSION")
    asyncio.run(run(url, "CREATE SCHEMA more", "CREATE EXTENSION pg_stat_statements SCHEMA more"))
    seen = captured(url, tmp_path / "capture.jsonl")
    workload = counted(url)
    failed = {c.fingerprint for c in seen.classes if c.errors}
    assert calls(workload) == {mark: n for mark, n in calls(seen).items() if mark not in failed}
    for found in of_table(workload):
        assert found.mean_ms is not None
        assert found.max_ms is not None
        assert 0 < found.mean_ms <= found.max_ms
        assert (found.p95_ms, found.parameter_sets) == (None, ())
    (source,) = workload.sources
    assert (source.name, source.evicted) == ("pg_stat_statements", 0)
    assert source.since is not None


def test_a_role_without_privilege_is_told_what_to_grant(postgresql: Server, tmp_path: Path) -> None:
    url = asyncio.run(create(postgresql, {}))
    asyncio.run(
        run(url, "CREATE EXTENSION pg_stat_statements", "CREATE ROLE reader LOGIN PASSWORD 'reads'")
    )
    captured(url, tmp_path / "capture.jsonl")
    reader = make_url(url).set(username="reader", password="reads")
    workload = counted(reader.render_as_string(hide_password=False))
    (source,) = workload.sources
    assert of_table(workload) == []
    assert source.unreadable_count >= 5
    assert "GRANT pg_read_all_stats TO reader" in source.unreadable[0][2]
    asyncio.run(run(url, "DROP ROLE reader"))


def test_a_server_without_the_library_says_so(postgresql_url: str) -> None:
    try:
        asyncio.run(run(postgresql_url, "CREATE EXTENSION pg_stat_statements"))
    except DatabaseError:
        pytest.skip("no pg_stat_statements on this server")
    with pytest.raises(LogError, match="was started without it"):
        counted(postgresql_url)


def test_performance_schema_counts_what_capture_sees(mysql: Server, tmp_path: Path) -> None:
    url = asyncio.run(mysql.create_database())
    seen = captured(url, tmp_path / "capture.jsonl")
    workload = counted(url)
    # A digest writes names that are also words of the grammar in capitals, and int in full.
    assert {mark.lower().replace("integer", "int"): n for mark, n in calls(workload).items()} == {
        mark.lower(): n for mark, n in calls(seen).items()
    }
    assert sum(c.errors for c in of_table(workload)) == 1
    for found in of_table(workload):
        assert found.mean_ms is not None
        assert found.first_seen is not None


def test_a_server_whose_performance_schema_is_off_says_so(
    mysql_server: Server, mysql_url: str
) -> None:
    if mysql_server.about.flavour == "MySQL":
        pytest.skip("MySQL counts unless it is told not to")
    with pytest.raises(LogError, match="performance_schema is off"):
        counted(mysql_url)
