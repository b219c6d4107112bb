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
EXECUTED = "execute a: SELECT a FROM t WHERE b = $1 AND c = $2"
VALUES = "DETAIL:  parameters: $1 = 'it''s', $2 = NULL\n"


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
    assert rows[2].split("  ")[-1] == " 2026-11-22 09:59:59 to 2026-11-22 10:00:33 UTC"
    assert rows[3].endswith("2.5 queries a second over 33.0 s")
    assert rows[4].endswith("2.8 s of query time, 0.08 at once on average")
    heads = [row for row in rows if row.startswith("  by ")]
    assert [head.split("  ")[1] for head in heads] == ["by total time", "by calls"]
    assert rows[8].split() == ["1", "███████████░", "89.3%", "2.5", "s", "1", *["2.5", "s"] * 3]
    assert rows[9].strip() == "UPDATE orders SET note = ?"
    assert rows[10].split()[2:6] == ["10.7%", "300", "ms", "30"]
    assert "1 error" in done.stdout
    assert "1 entry of pg.log not read: before the first entry of the log\n" in done.stdout
    assert rows[-1] == "next  asa optimize pg.log"
    assert all(len(row) <= 80 for row in rows)
    assert not any(value in done.stdout for value in ("s3cret", "7000"))


def test_values_are_shown_as_sql_on_request_only(here: Path) -> None:
    with (here / "pg.log").open("a") as log:
        log.write(ENTRY.format(second=40, ms=9000, sql="x").replace("statement: x", EXECUTED))
        log.write(ENTRY.format(second=40, ms=1, sql="").split("LOG:")[0] + VALUES)
    assert "it''s" not in asa("digest", "pg.log").stdout
    shown = asa("digest", "pg.log", "--show-values").stdout
    assert "      $1 = 'it''s', $2 = NULL\n" in shown
    assert "UPDATE orders SET note = 's3cret'" in shown


def test_what_the_server_tells_beside_queries_is_counted_without_values(here: Path) -> None:
    prefix = "2026-11-22 10:00:50.000 UTC [7] joe@shop "
    told = (
        'LOG:  temporary file: path "base/pgsql_tmp/pgsql_tmp2.0", size 140000000',
        'LOG:  temporary file: path "base/pgsql_tmp/pgsql_tmp2.1", size 10000000',
        "LOG:  process 7 still waiting for ShareLock on transaction 736 after 1000.110 ms",
        "LOG:  process 7 acquired ShareLock on transaction 736 after 2004.110 ms",
        "LOG:  checkpoint complete: wrote 5 buffers (0.3%); write=5.4 s, total=5.510 s; sync=1",
        'ERROR:  invalid input syntax for type integer: "s3cret"',
    )
    with (here / "pg.log").open("a") as log:
        log.write("".join(f"{prefix}{line}\n" for line in told))
    asa("digest", "pg.log", "-o", "a.digest")
    rows = asa("digest", "a.digest").stdout.splitlines()
    first = rows.index("  beside the queries") + 1
    assert [" ".join(row.split()) for row in rows[first : first + 5]] == [
        "checkpoint 1 5.5 s in all, the longest 5.5 s",
        "error 1 invalid input syntax for type integer: ?",
        "error 1 no such column",
        "lock wait 1 ShareLock, 2.0 s in all, the longest 2.0 s",
        "temporary file 2 150.0 MB in all, the largest 140.0 MB",
    ]
    document = json.loads(asa("digest", "a.digest", "--format", "json").stdout)
    assert document["events"][-1]["greatest"] == 140_000_000
    assert document["dropped_scopes"] == 0


def test_markdown_has_a_row_for_each_class() -> None:
    done = asa("digest", "pg.log", "--format", "markdown", "--sort", "max", "--top", "1")
    rows = done.stdout.splitlines()
    assert rows[0] == "**asa: 82 queries, 4 classes**"
    assert rows[-1] == "| error | 1 | `no such column` |"
    (row,) = (row for row in rows if row.startswith("| 89"))
    assert row.endswith("|  | `UPDATE orders SET note = ?` |")


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


def test_a_log_in_another_language_is_told_as_such(here: Path) -> None:
    """A server with lc_messages = 'de_DE' wrote these."""
    entry = "2026-11-23 02:25:26.013 UTC [19995] u@shop {}\n"
    german = entry.format("LOG:  Dauer: 0.615 ms  Anweisung: SELECT 1")
    prepared = entry.format("LOG:  Dauer: 0.015 ms  Ausführen s1: SELECT $1")
    (here / "de.log").write_text(german + prepared, encoding="utf-8")
    done = asa("digest", "de.log")
    assert done.returncode == 2
    assert (
        "could be read: 2 entries unreadable, its messages are in another language" in done.stderr
    )
    assert done.stderr.endswith("next  set lc_messages = 'C' on the server, and log again\n")
    (here / "both.log").write_text(german + LOG, encoding="utf-8")
    assert "1 entry of both.log not read:\n    its messages" in asa("digest", "both.log").stdout
