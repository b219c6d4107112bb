"""What is loaded eagerly and never read is found by a rerun; what one execution reads is not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from asa.model.finding import Proved
from asa.optimize.recording import recording_of
from asa.optimize.unread import unread_loads

HERE = Path(__file__).parent


def test_only_what_no_execution_reads_is_loaded_for_nothing(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELF_URL", database_url)
    for name in ("shelf.py", "unread.py"):
        shutil.copy(HERE / name, tmp_path)
    captured = ("-m", "asa", "capture", "--", sys.executable, "unread.py")
    for command in (("shelf.py", "seed"), captured):
        subprocess.run([sys.executable, *command], cwd=tmp_path, check=True, capture_output=True)
    found = unread_loads(recording_of(str(tmp_path / "capture.jsonl")))
    assert {(load.origin.function, load.strategy, load.path) for load in found} == {
        ("unread", "selectin", ("Shelf.books",)),
        ("joined", "joined", ("Shelf.books",)),
    }
    text = {load.strategy: load.origin.text for load in found}
    assert text["joined"] == "rows = (await session.scalars(other)).unique().all()"
    assert all(isinstance(load.proof, Proved) for load in found)
    assert {load.strategy: load.queries for load in found} == {"selectin": 1, "joined": 0}
