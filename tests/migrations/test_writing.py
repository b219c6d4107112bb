"""`write_revision`: what the user is told where it ends early."""

import re
from pathlib import Path

import pytest
from tests.migrations.project import make_project

from asa.errors import ConfigurationError
from asa.migrations import writing
from asa.migrations.request import Request
from asa.migrations.writing import Scratch, write_revision
from asa.model.event import Event, Stage


def test_an_interrupted_proof_leaves_the_file_and_says_so(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "prove", interrupted)
    project = make_project(tmp_path, sqlite_url, "plain")
    heard: list[Event] = []
    with pytest.raises(KeyboardInterrupt):
        write_revision(project.environment(), Request("start"), heard.append, Scratch())
    (file,) = project.files
    said = [event.text for event in heard if event.stage is Stage.NOTE]
    assert said == [f"migrations/versions/{file} is written, and not proved"]


def test_the_hint_without_a_dialect_can_be_typed(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untold(*_: object) -> str:
        raise ConfigurationError("no database tells", "")

    monkeypatch.setattr(writing, "dialect_meant", untold)
    project = make_project(tmp_path, sqlite_url, "plain")
    with pytest.raises(ConfigurationError) as caught:
        write_revision(project.environment(), Request("add town"), print, Scratch(only=True))
    assert re.match(r'asa migrate "add town" --scratch --url postgresql://  ', caught.value.hint)
