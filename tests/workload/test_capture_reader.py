"""Reading a capture back."""

from contextlib import closing
from pathlib import Path

import pytest

from asa.errors import LogError
from asa.model.capture_line import CaptureHeader, line_to_json
from asa.model.record import QueryRecord, Scope
from asa.workload.readers.formats import read
from asa.workload.readers.log import Log, opened

HEADER = CaptureHeader(1, "0.1.0", "3.11.7", ("pytest", "-q"), "/app", None, 1.0, True)
QUERY = '{"kind":"query","sql":"SELECT %d","executions":1,"scope":{"process":5}}\n'


def log_of(directory: Path, text: str) -> "closing[Log]":
    path = directory / "any.name"
    path.write_text(text)
    return closing(opened(str(path)))


def test_queries_come_in_order_and_the_command_is_told(tmp_path: Path) -> None:
    with log_of(tmp_path, line_to_json(HEADER) + QUERY % 1 + QUERY % 2) as log:
        records = list(read(log))
        source = log.source()
    scope = Scope(process=5)
    assert records == [QueryRecord("SELECT 1", scope=scope), QueryRecord("SELECT 2", scope=scope)]
    assert (source.format, source.command, source.unreadable_count) == ("capture", "pytest -q", 0)


def test_a_torn_or_foreign_line_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    text = line_to_json(HEADER) + QUERY % 1 + '{"kind":"query","sq\n\nnoise\n' + QUERY % 2
    text += '{"kind":"later"}\n{"kind":"query","sql":"cut'
    with log_of(tmp_path, text) as log:
        assert [record.sql for record in read(log)] == ["SELECT 1", "SELECT 2"]
        source = log.source()
    assert source.unreadable_count == 3
    assert [(line, reason) for _, line, reason in source.unreadable] == [
        (3, "not whole JSON"),
        (5, "not whole JSON"),
        (8, "not whole JSON"),
    ]


def test_a_capture_of_a_later_form_is_refused(tmp_path: Path) -> None:
    later = line_to_json(HEADER).replace('"format":1', '"format":2')
    with log_of(tmp_path, later + QUERY % 1) as log, pytest.raises(LogError, match="too old"):
        list(read(log))
