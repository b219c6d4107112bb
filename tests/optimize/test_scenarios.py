"""Every way to query row by row, really captured: found with its cure; no innocent one flagged."""

import ast
import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from asa.database.url import parse_url
from asa.model.finding import Finding, Proved, Unproved
from asa.model.fix import LoaderOption
from asa.optimize import optimize
from asa.optimize.recording import recording_of
from asa.optimize.rerun_proof import prove_by_rerun
from asa.workload import read_workload

PROGRAM = Path(__file__).with_name("scenarios.py")
RULES = ("n-plus-one", "row-by-row-write")
NOT_TOLD = {"mysql": {"bad_insert"}}
"""Where one flush has to send an INSERT for each row, a flush for each row looks the same."""


def functions() -> list[tuple[str, list[str], range]]:
    """Return (name, relationship and fix, lines) of each scenario."""
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    return [
        (
            f.name,
            (ast.get_docstring(f) or "").split("\n\n"),
            range(f.lineno, (f.end_lineno or 0) + 1),
        )
        for f in tree.body
        if isinstance(f, ast.AsyncFunctionDef) and f.name.startswith(("bad_", "ok_"))
    ]


def captured(directory: Path, url: str) -> Path:
    """Run the program under `asa capture` and return the capture."""
    environment = {**os.environ, "SCENARIOS_URL": url}
    for command in (
        [sys.executable, str(PROGRAM), "seed"],
        [sys.executable, "-m", "asa", "capture", "--", sys.executable, str(PROGRAM)],
    ):
        subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True)
    return directory / "capture.jsonl"


@pytest.mark.parametrize("with_database", [True, False], ids=["with schema", "log alone"])
def test_every_fault_is_found_and_no_innocent_one(
    tmp_path: Path, database_url: str, with_database: bool
) -> None:
    workload = read_workload([str(captured(tmp_path, database_url))])
    database = parse_url(database_url) if with_database else None
    judgement = asyncio.run(optimize(workload, database)).judgement
    found: dict[str, list[Finding]] = {name: [] for name, _, _ in functions()}
    for finding in judgement.findings:
        if finding.rule in RULES and finding.location:
            line = finding.location.line
            found[next(name for name, _, lines in functions() if line in lines)].append(finding)
    texts = {name: [[f.subject, f.fix.text] for f in ones if f.fix] for name, ones in found.items()}
    silent = NOT_TOLD.get(parse_url(database_url).dialect, set())
    assert texts == {
        name: [said] if name.startswith("bad_") and name not in silent else []
        for name, said, _ in functions()
    }


def test_the_origin_and_the_touch_are_lines_of_the_program(tmp_path: Path, sqlite_url: str) -> None:
    workload = read_workload([str(captured(tmp_path, sqlite_url))])
    findings = asyncio.run(optimize(workload)).judgement.findings
    lines = PROGRAM.read_text(encoding="utf-8").splitlines()
    deep = [f for f in findings if f.subject == "User.posts -> Post.comments"]
    nested = max(deep, key=lambda finding: len(finding.related))
    assert nested.location is not None
    assert lines[nested.location.line - 1].strip().startswith("for user in (await session.scalars")
    touched = [lines[place.line - 1].strip() for _, place in nested.related]
    assert touched == [
        "for post in await user.awaitable_attrs.posts:",
        "await post.awaitable_attrs.comments",
    ]


def test_both_lines_of_a_fault_lie_within_its_function(tmp_path: Path, sqlite_url: str) -> None:
    workload = read_workload([str(captured(tmp_path, sqlite_url))])
    findings = asyncio.run(optimize(workload)).judgement.findings
    for finding in findings:
        if finding.rule != "n-plus-one" or finding.location is None:
            continue
        places = [finding.location, *(place for _, place in finding.related)]
        held = {name for name, _, lines in functions() for p in places if p.line in lines}
        assert len(held) == 1, finding.subject
        assert finding.location.function in {*held, "work"}


def test_every_loader_option_that_can_be_rerun_is_proved(tmp_path: Path, sqlite_url: str) -> None:
    file = captured(tmp_path, sqlite_url)
    findings = asyncio.run(optimize(read_workload([str(file)]))).judgement.findings
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCENARIOS_URL", sqlite_url)
        proved = prove_by_rerun(recording_of(str(file)), findings)
    options = [f for f in proved if isinstance(f.fix, LoaderOption) and f.fix.steps]
    assert len(options) == 13
    assert {f.subject: f.proof for f in options if not isinstance(f.proof, Proved)} == {}
    others = [f.proof for f in proved if f not in options]
    assert all(isinstance(p, Unproved) and p.reason.startswith("not rerun, ") for p in others)
