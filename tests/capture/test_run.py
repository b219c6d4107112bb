"""How a command runs under capture: its processes, its streams, its end, and the file."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.capture.program import capture, write

from asa.capture.run import run
from asa.errors import UsageError
from asa.model.capture_line import CaptureEnd, CaptureHeader, LibraryLine, ProcessLine

CORE = """
import os, sys
import sqlalchemy as sa
engine = sa.create_engine("sqlite://")
def ask(number):
    with engine.connect() as connection:
        return connection.scalar(sa.text("select :n"), {"n": number})
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return tmp_path


def test_the_file_begins_with_what_was_run_and_ends_with_how_it_ended(here: Path) -> None:
    captured = capture(
        here, CORE + "ask(1); sys.exit(7)", "postgresql://u:secret@h/db", "--password=secret"
    )
    header, process, library, *_, end = captured.lines
    assert isinstance(header, CaptureHeader)
    assert header.command == (
        sys.executable,
        "program.py",
        "postgresql://u:***@h/db",
        "--password=***",
    )
    assert (header.directory, header.values, header.revision) == (str(here), True, None)
    assert isinstance(process, ProcessLine)
    assert process.parent == os.getpid()
    assert isinstance(library, LibraryLine)
    assert isinstance(end, CaptureEnd)
    assert end.exit_code == captured.result.exit_code == 7
    assert "secret" not in (here / "capture.jsonl").read_text().splitlines()[0]


def test_the_file_is_readable_by_its_owner_alone(here: Path) -> None:
    capture(here, CORE + "ask(1)")
    assert stat.S_IMODE((here / "capture.jsonl").stat().st_mode) == 0o600
    assert not (here / "capture.jsonl.part").exists()


def test_the_git_revision_is_told(here: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    write(here, CORE + "ask(1)")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *arguments], check=True)
    clean = capture(here, CORE + "ask(1)")
    assert isinstance(clean.lines[0], CaptureHeader)
    assert len(str(clean.lines[0].revision)) == 40
    assert clean.result.exposed
    (here / ".gitignore").write_text("capture.jsonl\n")
    dirty = capture(here, CORE + "ask(2)")
    assert isinstance(dirty.lines[0], CaptureHeader)
    assert str(dirty.lines[0].revision).endswith("-dirty")
    assert not dirty.result.exposed


@pytest.mark.parametrize("how", ["spawn", "fork", "subprocess"])
def test_processes_that_the_program_starts_are_recorded(here: Path, how: str) -> None:
    captured = capture(
        here,
        CORE
        + """
import multiprocessing, subprocess
if __name__ == "__main__":
    how = sys.argv[1]
    ask(0)
    if how == "subprocess":
        for number in (1, 2):
            subprocess.run([sys.executable, __file__, "child", str(number)], check=True)
    if how in ("spawn", "fork"):
        context = multiprocessing.get_context(how)
        children = [context.Process(target=ask, args=(number,)) for number in (1, 2)]
        [child.start() for child in children]
        [child.join() for child in children]
    if how == "child":
        ask(int(sys.argv[2]))
""",
        how,
    )
    assert captured.result.processes == len({q.scope.process for q in captured.queries})
    values = sorted(query.parameters for query in captured.queries if query.parameters)  # type: ignore[type-var]
    # `subprocess` runs the module's own ask(0) in each child as well.
    assert set(values) == {(0,), (1,), (2,)}
    assert captured.result.processes == 3


def test_what_is_in_hand_survives_fork_exit_and_kill(here: Path) -> None:
    captured = capture(
        here,
        CORE
        + """
import signal
connection = engine.connect()
connection.execute(sa.text("select 'before the fork'"))
if os.fork() == 0:
    ask(1)
    os._exit(0)
os.wait()
connection.execute(sa.text("select 'after the fork'"))
connection.rollback()
os.kill(os.getpid(), signal.SIGKILL)
""",
    )
    assert captured.result.exit_code == 128 + signal.SIGKILL
    texts = [query.sql for query in captured.queries]
    assert sorted(texts) == ["select 'after the fork'", "select 'before the fork'", "select ?"]


def test_many_processes_write_whole_lines(here: Path) -> None:
    captured = capture(
        here,
        CORE
        + """
import multiprocessing
def many(worker):
    for number in range(200):
        ask(f"{worker} {number} " + "x" * 3000)
if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=many, args=(worker,)) for worker in range(8)]
    [child.start() for child in children]
    [child.join() for child in children]
""",
    )
    assert captured.result.queries == 1600
    assert captured.result.processes == 8
    values = {
        query.parameters[0] for query in captured.queries if isinstance(query.parameters, tuple)
    }
    assert len(values) == 1600


def test_an_existing_sitecustomize_still_runs_and_the_path_is_as_it_was(here: Path) -> None:
    own = here / "own"
    own.mkdir()
    write(own, "import sys; sys.marked = 'own'", "sitecustomize.py")
    os.environ["PYTHONPATH"] = str(own)
    try:
        captured = capture(
            here,
            CORE
            + """
import sitecustomize
ask(" ".join([sys.marked, sitecustomize.__file__, *sys.path]))
""",
        )
        plain = subprocess.run(
            [sys.executable, "-c", "import sys; print(' '.join(sys.path[1:]))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    finally:
        del os.environ["PYTHONPATH"]
    (query,) = captured.queries
    assert query.parameters == (f"own {own / 'sitecustomize.py'} {here} {plain}",)


def test_a_program_without_sqlalchemy_imports_nothing_more(here: Path) -> None:
    program = "import sys; print(*sorted(sys.modules))"
    script = write(here, program)
    plain = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True)
    out = here / "out"
    code = f"import sys; print(*sorted(sys.modules), file=open({str(out)!r}, 'w'))"
    captured = capture(here, code)
    more = set(out.read_text().split()) - set(plain.stdout.split())
    assert {name for name in more if not name.startswith(("_asa_capture", "importlib"))} <= {
        "__future__",
        "sitecustomize",
        "warnings",
        "_warnings",
    }
    assert "importlib.util" not in more
    assert (captured.result.file, captured.result.reported, captured.result.imported) == (
        None,
        1,
        0,
    )
    assert list(here.glob("capture.jsonl*")) == []


@pytest.mark.parametrize("option", ["-S", "-I", "-E"])
def test_an_isolated_python_reports_nothing(here: Path, option: str) -> None:
    captured = capture(here, "print()", python=(option,))
    assert captured.result.reported == 0
    assert captured.result.exit_code == 0


def test_nothing_is_overwritten_unasked(here: Path) -> None:
    program = write(here, CORE + "ask(1)")
    command, file = [sys.executable, str(program)], here / "a.jsonl"
    file.write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        run(command, file)
    assert file.read_text() == "mine"
    part = here / "b.jsonl.part"
    part.write_text("cut short")
    with pytest.raises(UsageError, match="cut short"):
        run(command, here / "b.jsonl")
    assert part.read_text() == "cut short"
    assert run(command, file, force=True).queries == 1


def test_a_command_that_is_not_there_leaves_nothing(here: Path) -> None:
    with pytest.raises(UsageError, match="there is no command nowhere"):
        run(["nowhere"], here / "c.jsonl")
    with pytest.raises(UsageError, match="may not be run"):
        run([str(write(here, "", "plain.txt"))], here / "c.jsonl")
    with pytest.raises(UsageError, match="cannot write"):
        run([sys.executable], here / "missing" / "c.jsonl")
    assert [path.name for path in here.iterdir()] == ["plain.txt"]


def asa(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "asa", "capture", *arguments]


def test_a_signal_reaches_the_command_and_the_capture_is_finished(here: Path) -> None:
    write(
        here,
        CORE
        + """
import signal, time
def stop(number, frame):
    ask("stopped")
    sys.exit(3)
signal.signal(getattr(signal, sys.argv[1]), stop)
ask("ready")
print("ready", flush=True)
time.sleep(30)
""",
    )
    for name in ("SIGTERM", "SIGINT"):
        command = asa("--force", "--", sys.executable, "program.py", name)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True
        ) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == b"ready\n"
            running.send_signal(getattr(signal, name))
            assert running.wait(10) == 3
        lines = [json.loads(line) for line in (here / "capture.jsonl").read_text().splitlines()]
        assert [line["parameters"] for line in lines if line["kind"] == "query"] == [
            ["ready"],
            ["stopped"],
        ]


def test_a_killed_asa_loses_nothing(here: Path) -> None:
    write(here, CORE + "ask(1); print('ready', flush=True); sys.stdin.read(); ask(2)")
    with subprocess.Popen(
        asa("--", sys.executable, "program.py"), stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        assert running.stdout.readline() == b"ready\n"
        running.kill()
        running.wait()
        running.stdin.close()
        part = here / "capture.jsonl.part"
        deadline = time.monotonic() + 10
        while part.read_text().count('"kind":"query"') < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert part.read_text().count('"kind":"query"') == 2


def test_streams_pass_through(here: Path) -> None:
    write(here, "import sys; print(sys.stdin.read().upper()); print('e', file=sys.stderr)")
    done = subprocess.run(
        asa("--", sys.executable, "program.py"),
        input="abc",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "ABC\n"
    assert done.stderr.startswith("e\n")


def test_a_descriptor_closed_by_the_program_is_never_written_to(here: Path) -> None:
    captured = capture(
        here,
        CORE
        + """
ask(1)
os.closerange(3, 256)
files = [open(f"own{n}.txt", "w") for n in range(5)]
ask(2)
""",
    )
    assert [query.parameters for query in captured.queries] == [(1,), (2,)]
    assert all(path.read_text() == "" for path in here.glob("own*.txt"))
