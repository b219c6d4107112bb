"""What makes `asa optimize` fail in CI: new findings, stale entries, comments without a reason."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from asa.model.capture_line import CaptureHeader, line_to_json, query_head, query_line, scope_json
from asa.model.record import CallSite, QueryRecord, RelationshipLoad

SOURCE = """\
async def orders(session):
    for order in await session.scalars(select(Order)):
        await order.awaitable_attrs.items


async def users(session):
    for user in await session.scalars(select(User)):
        await user.awaitable_attrs.posts
"""
FUNCTIONS = {"Order.items": ("orders", 2), "User.posts": ("users", 7)}


def capture(project: Path, *paths: str) -> None:
    """Write a capture in which each relationship was loaded for three parents."""
    header = CaptureHeader(1, "0", "3", ("python", "app.py"), str(project), None, 1.0, values=True)
    lines = [line_to_json(header)]
    text = SOURCE.splitlines()
    for path in paths:
        function, line = FUNCTIONS[path]
        origin = CallSite("api.py", line, function, text[line - 1].strip())
        touch = CallSite("api.py", line + 1, function, text[line].strip())
        load = RelationshipLoad((path,), "lazy", origin, (True,))
        table = path.partition(".")[2]
        sql = f"SELECT {table}.id FROM {table} WHERE {table}.parent_id = ?"
        head = query_head(QueryRecord(sql, "sqlite", call_site=touch, load=load))
        scope = scope_json(1, "Task-1", "1", "1", None)
        lines += [query_line(head, f"[{n}]", 1, 0.5, 1.0 + n, 1, None, scope) for n in range(3)]
    (project / "capture.jsonl").write_text("".join(lines))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "api.py").write_text(SOURCE)
    return tmp_path


Result = subprocess.CompletedProcess[str]


def optimize(*arguments: str) -> Result:
    return subprocess.run(
        [sys.executable, "-m", "asa", "optimize", "capture.jsonl", *arguments],
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )


def subjects(result: Result) -> list[str]:
    return sorted(one["subject"] for one in json.loads(result.stdout)["findings"])


def test_what_the_baseline_knows_does_not_fail(project: Path) -> None:
    capture(project, "Order.items")
    assert optimize("--write-baseline", "known.json").returncode == 0
    (entry,) = json.loads((project / "known.json").read_text())["findings"]
    assert entry == {
        "rule": "n-plus-one",
        "subject": "Order.items",
        "file": "api.py",
        "function": "orders",
    }
    result = optimize("--baseline", "known.json", "--fail-on", "new")
    assert result.returncode == 0
    assert "1 finding before, 1 now: 0 new, 1 known, 0 gone" in result.stderr


def test_a_new_finding_fails_and_is_the_only_one_shown(project: Path) -> None:
    capture(project, "Order.items")
    optimize("--write-baseline", "known.json")
    capture(project, "Order.items", "User.posts")
    result = optimize("--baseline", "known.json", "--fail-on", "new", "--format", "json")
    assert result.returncode == 1
    assert subjects(result) == ["User.posts"]


def test_moved_lines_stay_known(project: Path) -> None:
    capture(project, "Order.items")
    optimize("--write-baseline", "known.json")
    text = (project / "capture.jsonl").read_text()
    (project / "capture.jsonl").write_text(text.replace('"line":2', '"line":40'))
    assert optimize("--baseline", "known.json", "--fail-on", "new").returncode == 0


def test_a_stale_entry_fails(project: Path) -> None:
    capture(project, "Order.items", "User.posts")
    optimize("--write-baseline", "known.json")
    capture(project, "Order.items")
    result = optimize("--baseline", "known.json", "--fail-on", "new")
    assert result.returncode == 1
    assert "stale in the baseline: n-plus-one User.posts, api.py" in result.stderr


def commented(project: Path, comment: str) -> Result:
    lines = SOURCE.splitlines()
    lines[1] += f"  # asa: ignore[n-plus-one]{comment}"
    (project / "api.py").write_text("\n".join(lines) + "\n")
    capture(project, "Order.items")
    return optimize("--format", "json")


@pytest.mark.parametrize("comment", [" three at most", " until 2999-01-01: three at most"])
def test_a_comment_with_a_reason_silences(project: Path, comment: str) -> None:
    result = commented(project, comment)
    assert (result.returncode, subjects(result)) == (0, [])
    assert "1 finding silenced by comments in the source" in result.stderr


@pytest.mark.parametrize(
    ("comment", "why"),
    [("", "it gives no reason"), (" until 2020-01-01: three", "its last day was 2020-01-01")],
)
def test_a_void_comment_fails_and_silences_nothing(project: Path, comment: str, why: str) -> None:
    result = commented(project, comment)
    assert result.returncode == 1
    found = {one["rule"]: one["summary"] for one in json.loads(result.stdout)["findings"]}
    assert found == {"n-plus-one": "4 queries", "ignore-without-reason": why}


def test_annotations_and_sarif_tell_the_origin_and_the_touch(project: Path) -> None:
    capture(project, "Order.items")
    assert "::error file=api.py,line=2,title=" in optimize("--format", "github").stdout
    (run,) = json.loads(optimize("--format", "sarif").stdout)["runs"]
    (found,) = run["results"]
    (place,) = found["locations"]
    (touch,) = found["relatedLocations"]
    assert place["physicalLocation"]["region"]["startLine"] == 2
    assert touch["physicalLocation"]["region"]["startLine"] == 3


def test_a_missing_baseline_says_how_to_make_one(project: Path) -> None:
    capture(project, "Order.items")
    result = optimize("--baseline", "none.json")
    assert result.returncode == 2
    assert "--write-baseline none.json" in result.stderr
