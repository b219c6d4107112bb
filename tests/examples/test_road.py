"""The road on a real server: the demo shop, from `asa init` to what `asa optimize` finds."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.examples.mends import MENDS, SHOP

PYTHON = sys.executable
FAULTS = {name: (mend.rule, mend.subject) for name, mend in MENDS.items()}


def typed(project: Path, *words: str, expected: int = 0) -> str:
    """Run a command in the shop's project; return its standard output."""
    done = subprocess.run(
        [PYTHON, "-m", *words], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == expected, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def walked(directory: Path, url: str) -> set[tuple[str, str]]:
    """Walk the road on a database; return each finding's rule and subject."""
    project = Path(shutil.copytree(SHOP, directory / "shop"))
    (project / ".env").write_text(f"SHOP_DATABASE_URL={url}\n", encoding="utf-8")
    typed(project, "asa", "init")
    typed(project, "asa", "migrate", "start")
    typed(project, "asa", "upgrade")
    typed(project, "shop.seed")
    typed(project, "asa", "check-connection")
    typed(project, "asa", "capture", "--", PYTHON, "-m", "shop.main")
    told = typed(project, "asa", "optimize", "capture.jsonl", "--format", "json", expected=1)
    return {(finding["rule"], finding["subject"]) for finding in json.loads(told)["findings"]}


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHOP_DATABASE_URL", "ASA_URL", "ASA_METADATA"):
        monkeypatch.delenv(name, raising=False)


def test_postgresql_has_all_four_faults(tmp_path: Path, postgresql_url: str) -> None:
    assert walked(tmp_path, postgresql_url) == set(FAULTS.values())


def test_mysql_has_all_but_the_missing_index_which_it_made_itself(
    tmp_path: Path, mysql_url: str
) -> None:
    found = walked(tmp_path, mysql_url)
    # A sample of small tables makes a covering index look worth its while there.
    report = {(rule, subject) for rule, subject in found if rule == "missing-index"}
    assert found - report == set(FAULTS.values()) - {FAULTS["missing index"]}
    assert len(report) <= 2
