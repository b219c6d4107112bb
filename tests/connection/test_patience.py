"""Waiting: until a server is there, and not at all for what waiting cannot mend."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.connection.conftest import OwnServer, own_server

from asa.connection.patience import check_patiently, pause_seconds
from asa.connection.step import Verdict, Wanted
from asa.database.url import parse_url
from asa.errors import DatabaseError
from asa.model.event import Event, Stage


def awaited(
    url: str, seconds: float, *, everything: bool = False
) -> tuple[Verdict | DatabaseError, list[Event], float]:
    said: list[Event] = []
    since = time.monotonic()
    try:
        result: Verdict | DatabaseError = asyncio.run(
            check_patiently(
                parse_url(url),
                Wanted(),
                said.append,
                wait_seconds=seconds,
                wait_for_all=everything,
            )
        )
    except DatabaseError as error:
        result = error
    return result, said, time.monotonic() - since


@pytest.fixture
def late_file(tmp_path: Path) -> Iterator[Path]:
    """A file that is written while it is waited for."""
    file = tmp_path / "late.db"

    def write() -> None:
        import sqlite3

        sqlite3.connect(file).execute("CREATE TABLE t (id)").connection.close()

    timer = threading.Timer(0.4, write)
    timer.start()
    yield file
    timer.join()


def test_waits_until_a_server_has_started() -> None:
    """The port refuses, then the server starts, then the check passes."""
    ready: list[OwnServer] = []
    over = threading.Event()

    with own_server("postgresql") as first:
        url = first.url
    # Nobody has the port now; a server on the same one starts while we wait.
    port = parse_url(url).url.port
    assert port is not None

    def start() -> None:
        with own_server("postgresql", settings=(f"--port={port}",)) as server:
            ready.append(server)
            over.wait(30)

    thread = threading.Thread(target=start)
    thread.start()
    try:
        result, said, _ = awaited(url.replace(parse_url(url).url.password or "", "no"), 30)
    finally:
        over.set()
        thread.join()
    assert ready
    # It is up: now, and only now, the password is found wrong, and that ends the waiting.
    assert isinstance(result, DatabaseError)
    assert result.cause == "password"
    waits = [event for event in said if event.stage is Stage.ADVANCED]
    assert "refused" in waits[0].text


def test_a_wrong_password_is_not_waited_for(postgresql_url: str) -> None:
    url = parse_url(postgresql_url).url.set(password="wrong-password")
    result, said, seconds = awaited(url.render_as_string(hide_password=False), 30)
    assert isinstance(result, DatabaseError)
    assert result.cause == "password"
    assert seconds < 5
    assert said == []
    assert ("tried", "once; waiting cannot mend this") in result.details


def test_a_missing_file_is_waited_for_where_all_is(late_file: Path) -> None:
    result, said, _ = awaited(f"sqlite:///{late_file}", 20, everything=True)
    assert isinstance(result, Verdict)
    assert said[0].stage is Stage.ADVANCED
    assert "does not exist" in said[0].text
    assert next(event.subject for event in said if event.stage is not Stage.ADVANCED) == "open"


def test_gives_up_when_the_time_is_over() -> None:
    result, said, seconds = awaited("postgresql://u:secret@127.0.0.1:1/d", 0.5)
    assert isinstance(result, DatabaseError)
    assert result.cause == "refused"
    assert 0.4 < seconds < 2
    label, text = result.details[-1]
    assert label == "tried"
    assert "times in" in text
    assert len(said) > 1


def test_pauses_grow_up_to_a_limit_and_differ() -> None:
    pauses = [pause_seconds(tries) for tries in range(1, 40)]
    assert all(0 < pause <= 3 for pause in pauses)
    assert max(pauses[:2]) < 0.2
    assert min(pauses[15:]) >= 1.5
    assert len({pause_seconds(10) for _ in range(5)}) > 1
