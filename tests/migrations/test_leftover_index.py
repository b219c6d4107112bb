"""What stops CREATE INDEX CONCURRENTLY half-way leaves a state that the next upgrade mends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.migrations.project import Project, make_project
from tests.migrations.test_lock import held

from asa.migrations.lock import Patience
from asa.migrations.upgrade import upgrade
from asa.model.event import Event

STATE = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ix_busy')"
BUILDING = "SELECT count(*) FROM pg_stat_progress_create_index"
HOLD = "UPDATE busy SET id = id"


@pytest.fixture
def project(tmp_path: Path, postgresql_url: str) -> Project:
    made = make_project(tmp_path, postgresql_url, "handed")
    made.execute("CREATE TABLE busy (id int)", "INSERT INTO busy VALUES (1)")
    made.write_revision(
        "a",
        None,
        "with op.get_context().autocommit_block():; "
        "    op.create_index('ix_busy', 'busy', ['id'], postgresql_concurrently=True)",
    )
    return made


def valid(project: Project) -> bool | None:
    """Tell whether the index is valid; None where there is none."""
    (rows,) = project.execute(STATE)
    return rows[0][0] if rows else None


def start(project: Project) -> subprocess.Popen[str]:
    """Start an upgrade, and wait until its index is half built."""
    process = subprocess.Popen(
        [sys.executable, "-m", "asa", "upgrade", "--lock-timeout", "60"],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    until = time.monotonic() + 60
    while valid(project) is None:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.1)
    return process


def ended(project: Project) -> None:
    """Wait until no session builds the index any more."""
    until = time.monotonic() + 60
    while project.execute(BUILDING)[0][0] != [0] and project.execute(BUILDING)[0][0][0]:
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_cancels_it_and_the_next_upgrade_builds_it_anew(
    project: Project, sent: signal.Signals, code: int
) -> None:
    with held(project.url, HOLD):
        process = start(project)
        process.send_signal(sent)
        _, said = process.communicate(timeout=60)
        assert process.returncode == code
        assert "interrupted in a step a" in said
        assert "the database is marked with no revision" in said
        assert "Traceback" not in said, said
        ended(project)
    assert valid(project) is False
    done = project.asa("upgrade")
    assert done.returncode == 0, done.stderr
    assert "dropping ix_busy: invalid, left by an attempt that was interrupted" in done.stderr
    assert valid(project) is True


def test_after_a_kill_the_session_left_behind_is_waited_for(project: Project) -> None:
    events: list[Event] = []
    with held(project.url, HOLD) as release:
        process = start(project)
        process.kill()
        process.communicate()

        def listen(event: Event) -> None:
            events.append(event)
            if event.subject == "leftover":
                release()

        upgrade(project.environment(), "head", listen)
    said = [event.text for event in events if event.subject == "leftover"]
    assert said[0].startswith("waiting: process ")
    assert said[1] == "keeping ix_busy: an attempt that was interrupted has built it"
    assert valid(project) is True
    assert project.marks == ["a"]


def test_a_lock_that_is_not_had_leaves_no_invalid_index(project: Project) -> None:
    events: list[Event] = []
    with held(project.url, HOLD) as release:

        def listen(event: Event) -> None:
            events.append(event)
            if event.subject == "lock-timeout":
                release()

        patience = Patience(lock_timeout_s=1, retries=2, pause_s=0.05)
        upgrade(project.environment(), "head", listen, patience)
    assert {"lock-timeout", "leftover"} <= {event.subject for event in events}
    assert valid(project) is True
