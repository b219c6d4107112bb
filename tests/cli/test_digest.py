"""`asa digest` as a user meets it: exit code, stdout and stderr."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ENTRY = (
    "2026-11-22 10:00:{second:02}.000 UTC [7] joe@shop LOG:  duration: {ms} ms  statement: {sql}\n"
)
LOG = "".join(
    [
        *(
            ENTRY.format(second=n, ms=10, sql=f"SELECT note FROM orders WHERE id = {7000 + n}")
            for n in range(30)
        ),
        ENTRY.format(second=31, ms=2500, sql="UPDATE orders SET note = 's3cret'"),
        ENTRY.format(second=32, ms=0.02, sql="COMMIT") * 50,
        "2026-11-22 10:00:33.000 UTC [7] joe@shop ERROR:  no such column\n",
        "2026-11-22 10:00:33.000 UTC [7] joe@shop STATEMENT:  SELECT nothing FROM orders\n",
    ]
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pg.log").write_text(f"torn line\n{LOG}")
    return tmp_path


def asa(*arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "asa", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, input=given)


def test_the_heaviest_classes_come_first_with_their_share_and_no_value() -> None:
    done = asa("digest", "pg.log")
    assert (done.returncode, done.stderr) == (0, "")
    rows = done.stdout.splitlines()
    assert rows[0] == "asa digest pg.log   82 queries, 4 classes   postgresql-stderr"
    assert rows[1].startswith("  2026-11-22 09:59:59 to 2026-11-22 10:00:33 UTC")
    heads = [row for row in rows if row.startswith("  by ")]
    assert [head.split("  ")[1] for head in heads] == ["by total time", "by calls"]
    assert rows[4].split() == ["1", "███████████░", "89.3%", "2.5", "s", "1", *["2.5", "s"] * 3]
    assert rows[5].strip() == "UPDATE orders SET note = ?"
    assert rows[6].split()[2:6] == ["10.7%", "300", "ms", "30"]
    assert "1 error" in done.stdout
    assert "1 entry of pg.log not read, see --verbose" in done.stdout
    assert rows[-1] == "next  asa optimize pg.log"
    assert all(len(row) <= 80 for row in rows)
    assert not any(value in done.stdout for value in ("s3cret", "7000"))


def test_what_was_not_read_is_listed_on_request() -> None:
    done = asa("digest", "pg.log", "--verbose", "--top", "1", "--by", "calls")
    assert "pg.log:1  before the first entry of the log" in done.stdout
    assert "  by calls" in done.stdout
    assert "  by total" not in done.stdout


def test_the_file_merges_and_is_read_by_optimize(here: Path) -> None:
    first = asa("digest", "pg.log", "--until", "2026-11-22 10:00:10", "-o", "a.digest")
    assert first.stdout.splitlines()[-2:] == ["digest -> a.digest", "next  asa optimize a.digest"]
    asa("digest", "pg.log", "--since", "2026-11-22 10:00:10", "-o", "b.digest")
    whole, parts = (
        json.loads(asa("digest", *files, "--format", "json").stdout)
        for files in (["pg.log"], ["a.digest", "b.digest"])
    )
    assert parts["classes"] == whole["classes"]
    assert asa("optimize", "a.digest", "b.digest").stdout.startswith(
        "asa optimize a.digest b.digest   82 queries, 4 classes"
    )
    again = asa("digest", "pg.log", "-o", "a.digest")
    assert (again.returncode, again.stdout) == (2, "")
    assert "--force" in again.stderr


def test_a_log_may_be_piped() -> None:
    done = asa("digest", "-", given=LOG)
    assert done.stdout.startswith("asa digest -   82 queries, 4 classes")
    assert done.stdout.endswith("next  asa digest - -o FILE   keeps it for asa optimize\n")


def test_unknown_times_are_no_zeros() -> None:
    done = asa("digest", "-", given="SELECT 1; SELECT 2;")
    assert "no times: the log holds none" in done.stdout
    assert "0.00 ms" not in done.stdout
    form = json.loads(asa("digest", "-", "--format", "json", given="SELECT 1;").stdout)
    assert (form["classes"][0]["total_ms"], form["classes"][0]["p95_ms"]) == (None, None)


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("digest", ["--since", "soon"], "is no time"),
        ("digest", ["--exclude", "("], "no regular expression"),
        ("digest", ["--log-format", "nonsense"], "no log format"),
        ("digest", ["--log-line-prefix", "%y "], "no %y"),
        ("optimize", ["--database", "none"], "asked for"),
    ],
)
def test_wrong_options_end_with_2_and_a_hint(command: str, options: list[str], said: str) -> None:
    done = asa(command, "pg.log", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "next" in done.stderr
