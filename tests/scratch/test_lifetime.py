"""A scratch server and its directory end with their owner, however it ends."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from asa.scratch import start_server
from asa.scratch.place import free_directory
from asa.scratch.supervision import supervisor

OWNER = Path(__file__).with_name("owner.py")
LONGEST_S = 20.0

Owner = Callable[..., subprocess.Popen[str]]


@contextmanager
def owner(dialect: str, ending: str) -> Iterator[tuple[subprocess.Popen[str], Path, str]]:
    """Run a program that owns a server of the same dialect, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, OWNER, dialect, ending],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        words: list[str] = []
        while words[:1] != ["ready"]:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, "the owner ended before its server was ready"
            words = line.split()
        yield process, Path(words[1]), words[2]
    finally:
        process.kill()
        process.communicate()


def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true; fail when it does not."""
    deadline = time.monotonic() + LONGEST_S
    while not true():
        assert time.monotonic() < deadline, "still not so"
        time.sleep(0.02)


def gone(directory: Path, url: str) -> bool:
    """Tell whether the directory is removed and nothing listens at the URL."""
    if directory.exists():
        return False
    port = make_url(url).port
    if port is None:
        return True
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return False
    return True


def test_it_ends_when_its_owner_is_killed(startable: str) -> None:
    """SIGKILL leaves the owner no moment to clean up."""
    with owner(startable, "wait") as (process, directory, url):
        assert directory.exists()
        process.kill()
        until(lambda: gone(directory, url))


def test_ctrl_c_orphans_nothing(startable_postgresql: str) -> None:
    """A terminal sends SIGINT to the whole process group, supervisor or not."""
    with owner(startable_postgresql, "wait") as (process, directory, url):
        os.killpg(process.pid, signal.SIGINT)
        until(lambda: gone(directory, url))
        assert process.wait(LONGEST_S) != 0


def test_it_ends_though_a_forked_child_of_its_owner_lives(startable_postgresql: str) -> None:
    """The child holds the pipe open; the supervisor sees that its parent is another."""
    with owner(startable_postgresql, "fork") as (process, directory, url):
        process.kill()
        until(lambda: gone(directory, url))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the child


def test_nothing_is_left_when_its_owner_fails(startable: str) -> None:
    """Once an exception has left the context manager, there is nothing to wait for."""
    with owner(startable, "raise") as (process, directory, url):
        assert process.wait(LONGEST_S) == 1
        assert gone(directory, url)


def test_a_start_that_is_cancelled_leaves_nothing(
    startable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a server starts cancels the task; its supervisor cleans up."""
    started: list[subprocess.Popen[bytes]] = []

    def recorded() -> subprocess.Popen[bytes]:
        started.append(supervisor())
        return started[-1]

    monkeypatch.setattr("asa.scratch.supervision.supervisor", recorded)
    made: list[Path] = []

    def noted(*args: Any, **options: Any) -> Path:
        made.append(free_directory(*args, **options))
        return made[-1]

    monkeypatch.setattr("asa.scratch.start.free_directory", noted)

    async def main() -> None:
        task = asyncio.create_task(start_server(startable))
        await asyncio.sleep(0)  # the task runs until it waits for its supervisor
        until(made[0].exists)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    until(lambda: started[0].poll() is not None)
    assert not made[0].exists()


def test_a_supervisor_told_to_end_twice_still_cleans_up(startable: str) -> None:
    """Service managers send SIGTERM to every process, and send it again."""

    async def main() -> None:
        server = await start_server(startable)
        running = server.supervised
        assert running is not None
        running.process.terminate()
        running.process.terminate()
        until(lambda: running.process.poll() is not None)
        assert not running.directory.exists()
        await server.stop()

    asyncio.run(main())
