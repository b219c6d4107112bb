"""A recorded command is run again: what the option does is proved, refuted, or left open."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from asa.model.capture_line import CaptureHeader
from asa.model.event import Event, Stage
from asa.model.finding import Finding, Proof, Proved, Refuted, Unproved
from asa.optimize import optimize
from asa.optimize.recording import recording_of
from asa.optimize.rerun import Failed, rerun
from asa.optimize.rerun_proof import prove_by_rerun
from asa.workload import read_workload

PROGRAM = Path(__file__).with_name("shelf.py")


@pytest.fixture
def shelf(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the program, its database filled."""
    return filled(tmp_path, database_url, monkeypatch)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("seeded") / "shelf.db"
    with pytest.MonkeyPatch.context() as patch:
        filled(file.parent, f"sqlite+aiosqlite:///{file}", patch)
    return file


@pytest.fixture
def sqlite_shelf(tmp_path: Path, seeded: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for file in (seeded, PROGRAM):
        shutil.copy(file, tmp_path)
    monkeypatch.setenv("SHELF_URL", f"sqlite+aiosqlite:///{tmp_path / 'shelf.db'}")
    return tmp_path


def filled(directory: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(PROGRAM, directory / "shelf.py")
    monkeypatch.setenv("SHELF_URL", url)
    run(directory, sys.executable, "shelf.py", "seed")
    return directory


def run(directory: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def capture(directory: Path, *command: str) -> Path:
    run(directory, sys.executable, "-m", "asa", "capture", "--no-values", "--", *command)
    return directory / "capture.jsonl"


def findings(file: Path) -> list[Finding]:
    found = asyncio.run(optimize(read_workload([str(file)]))).judgement.findings
    return [finding for finding in found if finding.rule == "n-plus-one"]


def proof_of(file: Path) -> Proof | None:
    (found,) = prove_by_rerun(recording_of(str(file)), findings(file))
    return found.proof


def ran(directory: Path, *words: str) -> Proof | None:
    return proof_of(capture(directory, sys.executable, "shelf.py", *words))


def test_a_lazy_load_is_proved_in_numbers(shelf: Path) -> None:
    file = capture(shelf, sys.executable, "shelf.py")
    told: list[Event] = []
    (predicted,) = findings(file)
    (found,) = prove_by_rerun(recording_of(str(file)), [predicted], told.append)
    started = [event.text for event in told if event.stage is Stage.STARTED]
    assert started == ["unchanged", "with selectinload(Shelf.books)"]
    assert ("queries", "5 -> 2 predicted") in predicted.evidence
    assert not [label for label, _ in found.evidence if label == "queries"]
    proof = found.proof
    assert isinstance(proof, Proved)
    assert proof.how.startswith("rerun with the option: 5 queries became 2, ")
    assert proof.how.endswith(", same result (output, rows)")
    assert proof.before == ("1 for the parents, 4 for Shelf.books",)
    assert proof.after == ("1 for the parents, 1 for Shelf.books",)


def test_an_alias_is_given_its_own_option(sqlite_shelf: Path) -> None:
    assert isinstance(ran(sqlite_shelf, "alias"), Proved)


def test_an_option_that_changes_the_result_is_refuted(sqlite_shelf: Path) -> None:
    assert ran(sqlite_shelf, "insert") == Refuted("with the option the output differs")


def test_an_option_that_saves_nothing_is_refuted(sqlite_shelf: Path) -> None:
    assert ran(sqlite_shelf, "expire") == Refuted("5 queries stay 6 with the option")


def test_a_command_whose_output_changes_by_itself_proves_nothing(sqlite_shelf: Path) -> None:
    reason = "not repeatable, without the option too the output differs"
    assert ran(sqlite_shelf, "clock") == Unproved(reason)


def test_a_command_that_loads_more_each_time_is_not_repeatable(sqlite_shelf: Path) -> None:
    reason = "not repeatable, 5 queries when recorded and 6 now"
    assert ran(sqlite_shelf, "grow") == Unproved(reason)


def test_a_command_that_ends_otherwise_is_not_repeatable(sqlite_shelf: Path) -> None:
    reason = "not repeatable, it ended with 0 when recorded and with 3 now"
    assert ran(sqlite_shelf, "fail-later") == Unproved(reason)


def test_tests_are_compared_by_their_outcomes(sqlite_shelf: Path) -> None:
    """pytest prints its time, so its output never is the same."""
    file = capture(sqlite_shelf, sys.executable, "-m", "pytest", "-p", "no:cacheprovider",
                   "shelf.py")  # fmt: skip
    proof = proof_of(file)
    assert isinstance(proof, Proved)
    assert proof.how.endswith("same result (1 test, rows)")


def test_a_command_that_a_person_stopped_is_not_rerun(sqlite_shelf: Path) -> None:
    file = capture(sqlite_shelf, sys.executable, "shelf.py")
    recording = recording_of(str(file))
    assert recording.end is not None
    recording.end = replace(recording.end, exit_code=130)
    (found,) = prove_by_rerun(recording, findings(file))
    assert found.proof == Unproved("not rerun, the command ran until it was stopped")


def test_a_command_with_a_password_is_not_rerun(sqlite_shelf: Path) -> None:
    file = capture(sqlite_shelf, sys.executable, "shelf.py", "--password=tiger")
    assert proof_of(file) == Unproved(
        "not rerun, the command held a password, which a capture does not keep"
    )


def header(directory: Path, *command: str) -> CaptureHeader:
    return CaptureHeader(1, "0", "3", command, str(directory), None, 0.0, False)


def test_a_command_that_does_not_end_is_ended_with_its_children(tmp_path: Path) -> None:
    child = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    failed = rerun(header(tmp_path, sys.executable, "-c", parent), (), 1.5)
    assert failed == Failed("the command did not end within 2 s")
    pid = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 10
    while runs(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not runs(pid)


def runs(pid: int) -> bool:
    """Tell whether a process runs; one that has ended may wait to be reaped."""
    shown = ["ps", "-o", "stat=", "-p", str(pid)]
    state = subprocess.run(shown, capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_a_stopped_asa_stops_what_it_reruns(tmp_path: Path) -> None:
    child = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    first = header(tmp_path, sys.executable, "-c", child)
    program = (
        "from asa.model.capture_line import CaptureHeader\n"
        "from asa.optimize.rerun import rerun\n"
        f"rerun(CaptureHeader{tuple(getattr(first, name) for name in first.__slots__)!r}, (), 60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    until = time.monotonic() + 30
    while not (tmp_path / "pid").exists() and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.1)
    process.terminate()
    assert process.wait(30) == 128 + 15
    assert not runs(int((tmp_path / "pid").read_text()))


def test_a_command_that_is_gone_says_so(tmp_path: Path) -> None:
    failed = rerun(header(tmp_path, str(tmp_path / "nothing")), (), 5)
    assert isinstance(failed, Failed)
    assert failed.reason.endswith("cannot be run: No such file or directory")


def optimized(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "asa", "optimize", *arguments],
        cwd=directory,
        env={**os.environ, "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_shows_what_runs_again_and_proves(sqlite_shelf: Path) -> None:
    capture(sqlite_shelf, sys.executable, "shelf.py")
    done = optimized(sqlite_shelf, "capture.jsonl", "--prove", "--yes", "--format", "json")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)["findings"]
    assert found["proof"]["status"] == "proved"
    assert "shelf.py\n" in done.stderr
    assert f"in {sqlite_shelf}, twice or more" in done.stderr


def test_a_refuted_claim_is_dropped_with_its_reason(sqlite_shelf: Path) -> None:
    capture(sqlite_shelf, sys.executable, "shelf.py", "insert")
    done = optimized(sqlite_shelf, "capture.jsonl", "--prove", "--yes", "--verbose")
    assert done.returncode == 0
    assert "refuted: n-plus-one Shelf.books: with the option the output differs" in done.stdout


def test_without_a_terminal_and_without_yes_nothing_runs(sqlite_shelf: Path) -> None:
    capture(sqlite_shelf, sys.executable, "shelf.py", "grow")
    before = (sqlite_shelf / "capture.jsonl").read_bytes()
    done = optimized(sqlite_shelf, "capture.jsonl", "--prove")
    assert done.returncode == 2
    assert "shelf.py grow may run again" in done.stderr
    assert "--yes" in done.stderr
    assert (sqlite_shelf / "capture.jsonl").read_bytes() == before


def test_a_log_that_is_no_capture_cannot_be_rerun(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("select 1;\n")
    done = optimized(tmp_path, "a.sql", "--prove", "--yes")
    assert done.returncode == 2
    assert "a.sql cannot be rerun: it is no capture" in done.stderr


def test_an_attribute_touched_without_an_await_names_its_owners_line(shelf: Path) -> None:
    shutil.copy(PROGRAM.with_name("untouched.py"), shelf)
    file = capture(shelf, sys.executable, "untouched.py")
    found = asyncio.run(optimize(read_workload([str(file)]))).judgement.findings
    (missing,) = [finding for finding in found if finding.rule == "missing-greenlet"]
    assert missing.subject == "Shelf.books"
    text = (shelf / "untouched.py").read_text().splitlines()
    assert missing.location is not None
    assert "select(shelf.Shelf)" in text[missing.location.line - 1]
    assert [text[place.line - 1].strip() for _, place in missing.related] == ["len(found.books)"]
    assert prove_by_rerun(recording_of(str(file)), [missing]) == [missing]
