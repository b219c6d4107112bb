"""`asa demo` walks the road, leaves what it should and nothing else, and finds what is wrong.

The demo runs once; the tests of single faults go on from the project that it kept.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.examples.mends import MENDS, SHOP

ROAD = (
    "asa init",
    'asa migrate "start"',
    "asa upgrade",
    "python -m shop.seed",
    "asa check-connection",
    "asa capture -- python -m shop.main",
    "asa optimize capture.jsonl --prove --yes",
)


@dataclass(frozen=True, slots=True)
class Walk:
    """The one run of the demo.

    Attributes:
        project: What `--keep` left.
        code: Exit code.
        shown: Standard output.
        aside: Standard error.
    """

    project: Path
    code: int
    shown: str
    aside: str


def asa(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run asa as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "asa", *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        **options,
    )


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Run the demo in surroundings that belong to another project."""
    directory = tmp_path_factory.mktemp("demo")
    project = directory / "kept" / "shop"
    strange = {
        "SHOP_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/elsewhere",
        "ASA_URL": "postgresql://nobody:secret@127.0.0.1:1/elsewhere",
        "ASA_METADATA": "elsewhere:Base",
    }
    done = asa("demo", "--keep", str(project), cwd=directory, env={**os.environ, **strange})
    return Walk(project, done.returncode, done.stdout, done.stderr)


def found_in(project: Path) -> list[dict[str, Any]]:
    """Capture an afternoon anew; return what optimize finds."""
    (project / "capture.jsonl").unlink(missing_ok=True)
    captured = asa("capture", "--", sys.executable, "-m", "shop.main", cwd=project)
    assert captured.returncode == 0, captured.stderr
    judged = asa("optimize", "capture.jsonl", "--format", "json", cwd=project)
    assert judged.returncode in (0, 1), judged.stderr
    findings: list[dict[str, Any]] = json.loads(judged.stdout)["findings"]
    return findings


def line_of(file: str, text: str) -> int:
    """Return the number of the one line of the shop that holds a text."""
    lines = (SHOP / file).read_text(encoding="utf-8").splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if text in line)
    return number


def test_the_road_is_walked(walk: Walk) -> None:
    assert walk.code == 0, walk.shown + walk.aside


def test_each_command_is_shown_as_it_is_typed(walk: Walk) -> None:
    typed = [line[2:] for line in walk.shown.splitlines() if line.startswith("$ ")]
    assert typed == list(ROAD)


def test_the_afternoon_is_rerun_and_the_cure_proved(walk: Walk) -> None:
    shown = " ".join(walk.shown.split())
    assert "rerun with the option: 21 queries became 2, " in shown
    assert "same result (output, rows)" in shown


def test_nothing_of_another_project_is_touched_or_shown(walk: Walk) -> None:
    assert "elsewhere" not in walk.shown + walk.aside
    assert "secret" not in walk.shown + walk.aside


def test_a_pipe_gets_plain_text(walk: Walk) -> None:
    assert "\x1b" not in walk.shown + walk.aside


def test_the_kept_project_is_the_shop_with_what_the_road_wrote(walk: Walk) -> None:
    for file in SHOP.rglob("*.py"):
        assert (walk.project / file.relative_to(SHOP)).read_bytes() == file.read_bytes()
    for made in ("alembic.ini", "migrations/env.py", "shop.db", "capture.jsonl"):
        assert (walk.project / made).is_file()


def test_the_kept_project_can_be_gone_on_with(walk: Walk) -> None:
    assert f"cd {walk.project}" in walk.shown.replace("\n", "")
    status = asa("status", cwd=walk.project)
    assert (status.returncode, status.stderr) == (0, "")
    assert "SQLite" in status.stdout


def test_a_directory_that_holds_something_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = asa("demo", "--keep", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "not empty" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("mine")
    done = asa("demo", "--keep", str(file))
    assert (done.returncode, file.read_text()) == (2, "mine")


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = asa("demo", "--keep", str(tmp_path / "file" / "shop"))
    assert done.returncode == 2
    assert "cannot write the shop" in done.stderr


def stopped_by(number: int, directory: Path) -> tuple[int, str]:
    """Start a demo, stop it in its second step; return exit code and standard error."""
    process = subprocess.Popen(
        [sys.executable, "-m", "asa", "demo"],
        env={**os.environ, "TMPDIR": str(directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("$ asa migrate"):
            break
    assert list(directory.iterdir())
    # A terminal sends the signal to the whole foreground group.
    os.killpg(process.pid, number)
    _, aside = process.communicate(timeout=30)
    return process.returncode, aside


@pytest.mark.parametrize(
    ("name", "code"), [("SIGINT", 130), ("SIGHUP", 128 + 1), ("SIGTERM", 128 + 15)]
)
def test_a_demo_that_is_stopped_leaves_nothing(tmp_path: Path, name: str, code: int) -> None:
    ended, aside = stopped_by(signal.Signals[name], tmp_path)
    assert ended == code
    assert "Traceback" not in aside
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_fails_stops_the_demo(tmp_path: Path) -> None:
    broken = tmp_path / "sitecustomize.py"
    broken.write_text("import os, sys\nif 'upgrade' in sys.orig_argv: os._exit(4)\n")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = asa("demo", env=environ)
    assert done.returncode == 70
    assert "asa upgrade ended with 4" in done.stderr
    assert "shop.seed" not in done.stdout
    assert not list(tmp_path.glob("asa-demo-*"))


def named(findings: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return each finding's rule and subject."""
    return {(finding["rule"], finding["subject"]) for finding in findings}


FAULTS = {name: (mend.rule, mend.subject) for name, mend in MENDS.items()}


@pytest.fixture(scope="module")
def findings(walk: Walk) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what optimize finds in the shop as it is, by rule and subject."""
    judged = asa("optimize", "capture.jsonl", "--format", "json", cwd=walk.project)
    assert (judged.returncode, judged.stderr) == (1, "")
    found = json.loads(judged.stdout)["findings"]
    return {(finding["rule"], finding["subject"]): finding for finding in found}


Findings = dict[tuple[str, str], dict[str, Any]]


def test_all_four_faults_are_found_and_nothing_is_said_of_the_rest(findings: Findings) -> None:
    assert set(findings) == set(FAULTS.values())


def test_the_lazy_attribute_is_shown_with_both_lines_and_its_option(findings: Findings) -> None:
    found = findings[FAULTS["lazy attribute"]]
    load = line_of("shop/orders.py", "waiting = await session.scalars(")
    touch = line_of("shop/orders.py", "await order.awaitable_attrs.items")
    told = {evidence["label"]: evidence["text"] for evidence in found["evidence"]}
    assert told["load"].startswith(f"shop/orders.py:{load} ")
    assert told["touch"].startswith(f"shop/orders.py:{touch} ")
    assert told["touch"].endswith(", 20 times")
    assert found["location"] == {"file": "shop/orders.py", "line": load}
    assert found["fix"]["text"] == ".options(selectinload(Order.items))"


def test_the_query_in_a_loop_is_shown_with_its_line_and_the_batch(findings: Findings) -> None:
    found = findings[FAULTS["query in a loop"]]
    line = line_of("shop/catalogue.py", "await session.get(Product, product_id)")
    assert found["location"] == {"file": "shop/catalogue.py", "line": line}
    assert found["fix"]["text"] == "select(Product).where(Product.id.in_(ids))"


def test_the_missing_index_is_proved_from_scan_to_search(findings: Findings) -> None:
    found = findings[FAULTS["missing index"]]
    proof = found["proof"]
    assert proof["status"] == "proved"
    # Of the queries it serves, the one that took the longest is shown: which, the run decides.
    assert "SCAN reviews (gone)" in proof["before"]
    used = f"SEARCH reviews USING INDEX {found['fix']['name']} "
    assert any(row.startswith(used) for row in proof["after"])


def test_the_redundant_index_is_proved_to_be_needless(findings: Findings) -> None:
    found = findings[FAULTS["redundant index"]]
    assert found["proof"]["status"] == "proved"
    assert found["fix"]["text"] == "DROP INDEX ix_orders_customer_id"


def test_the_demo_prints_what_the_analysis_found(walk: Walk, findings: Findings) -> None:
    shown = " ".join(walk.shown.split())
    for rule, subject in findings:
        assert f"{rule} {subject}" in shown
    for place in ("shop/orders.py:", "shop/catalogue.py:", "SCAN reviews", "SEARCH reviews"):
        assert place in shown


@pytest.mark.parametrize("fault", MENDS)
def test_a_mended_fault_is_found_no_more_and_the_others_are(
    walk: Walk, tmp_path: Path, fault: str
) -> None:
    project = Path(shutil.copytree(walk.project, tmp_path / "shop"))
    MENDS[fault].apply(project)
    if MENDS[fault].schema:
        for command in (("migrate", "mend"), ("upgrade",)):
            done = asa(*command, cwd=project)
            assert done.returncode == 0, done.stdout + done.stderr
    assert named(found_in(project)) == set(FAULTS.values()) - {FAULTS[fault]}


def test_a_shop_without_faults_is_found_healthy(walk: Walk, tmp_path: Path) -> None:
    project = Path(shutil.copytree(walk.project, tmp_path / "shop"))
    for mend in MENDS.values():
        mend.apply(project)
    for command in (("migrate", "mend"), ("upgrade",)):
        assert asa(*command, cwd=project).returncode == 0
    assert found_in(project) == []
