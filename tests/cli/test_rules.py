import json
import os
import subprocess
import sys

import pytest

from asa.rules import RULES


def asa(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "asa", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_every_rule_has_a_line() -> None:
    done = asa("rules")
    assert (done.returncode, done.stderr) == (0, "")
    for rule in RULES:
        assert any(
            line.split()[1:2] == [rule.id] and rule.summary in line
            for line in done.stdout.splitlines()
        )
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_a_rule_has_a_page() -> None:
    done = asa("rules", "missing-index")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("missing-index   query rule")
    for heading in (
        "What it does",
        "Why it matters",
        "Example",
        "Fix",
        "When to ignore",
        "See Also",
    ):
        assert f"\n{heading}\n" in done.stdout


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        ("MissingGreenlet", "missing-greenlet"),
        ("xd2s", "missing-greenlet"),
        ("DetachedInstanceError", "missing-greenlet"),
        ("bhk3", "missing-greenlet"),
        ("3o7r", "pool-wait"),
        ("isce", "session-across-tasks"),
    ],
)
def test_what_a_traceback_shows_leads_to_its_rule(shown: str, rule: str) -> None:
    done = asa("rules", shown)
    assert (done.returncode, done.stderr) == (0, "")
    first, second, *_ = done.stdout.splitlines()
    assert first.startswith(f"{rule}   ")
    assert shown in second


def test_programs_read_the_rules_as_json() -> None:
    told = json.loads(asa("rules", "--format", "json").stdout)
    assert [rule["id"] for rule in told] == [rule.id for rule in RULES]
    [one] = json.loads(asa("rules", "unbounded-string", "--format", "json").stdout)
    assert (one["family"], one["severity"], one["dialects"]) == ("model", "error", ["mysql"])
    assert one["page"].startswith("A string has no length")


def test_an_unknown_rule_is_answered_with_the_nearest() -> None:
    done = asa("rules", "n-plus-on")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'there is no rule "n-plus-on"' in done.stderr
    assert "next  asa rules n-plus-one" in done.stderr


def test_rules_load_neither_sqlalchemy_nor_sqlglot() -> None:
    program = (
        "import sys, asa.cli.rules as r; r.rules(None); "
        "print(sorted({'sqlalchemy', 'sqlglot', 'alembic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_who_went_away_is_no_finding() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "asa", "rules"],
            stdout=writer,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
