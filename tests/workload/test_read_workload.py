import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from asa.errors import ExitCode, LogError
from asa.workload import read_workload

Write: TypeAlias = Callable[..., str]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Write a file and return its name."""

    def write(content: str | bytes, name: str = "queries.sql") -> str:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(file)

    return write


def test_a_script_becomes_classes(written: Write) -> None:
    name = written("SELECT a FROM t WHERE b = 1;\nSELECT a FROM t WHERE b = 2;\nDELETE FROM t;\n")
    workload = read_workload([name])
    assert [(c.fingerprint, c.calls) for c in workload.classes] == [
        ("SELECT a FROM t WHERE b = ?", 2),
        ("DELETE FROM t", 1),
    ]
    assert workload.bursts == ()
    (source,) = workload.sources
    assert (source.name, source.format, source.unreadable_count) == (name, "sql", 0)


def test_several_files_are_one_workload_and_one_named_twice_counts_once(written: Write) -> None:
    one, two = written("SELECT 1", "one.sql"), written("SELECT 2; SELECT 3", "two.sql")
    workload = read_workload([one, two, one])
    assert workload.calls == 3
    assert [source.name for source in workload.sources] == [one, two]


def test_what_is_no_statement_is_counted_with_its_line_and_the_first_are_kept(
    written: Write,
) -> None:
    name = written("SELECT 1;\n\\c shop\n" + "hello world;\n" * 30)
    (source,) = read_workload([name]).sources
    assert source.unreadable_count == 31
    assert source.unreadable[0] == (name, 2, "client command \\c is not SQL")
    assert source.unreadable[1] == (name, 3, "not a statement of SQL")
    assert len(source.unreadable) == 10


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfSELECT a FROM t;\r\nSELECT a FROM t",
        b"SELECT '\xff\xfe' FROM t; SELECT 'b' FROM t",
        b"SELECT 'a\x00b' FROM t; SELECT 'c' FROM t;",
        b"-- comment\n" * 10 + b"select a from t;\n\n;;\nselect a from t;",
    ],
)
def test_odd_bytes_are_read(written: Write, content: bytes) -> None:
    (found,) = read_workload([written(content)]).classes
    assert found.calls == 2


REFUSED = [
    (b"", "is empty"),
    (b" \n\n", "is empty"),
    (b"Dear reader,\nthere is nothing here.\n", "holds no SQL statement"),
    (b'{"a": 1}\n{"a": 2}\n', "holds no SQL statement"),
    (b"-- SELECT 1;\n", "holds no SQL statement"),
    (b"with open(name) as file:\n    pass\n", "holds no SQL statement"),
    (b"\x7fELF" + bytes(range(32)) * 20, "is not a text file"),
    (b"SQLite format 3\0" + b"x" * 100, "is not a text file"),
    (b"\x1f\x8b" + b"x" * 100, "cannot be unpacked"),
    (b"2026-11-22 10:00:00.1 UTC [7] LOG:  checkpoint starting: time\n", "holds no SQL statement"),
]


@pytest.mark.parametrize(("content", "said"), REFUSED)
def test_a_file_that_is_no_query_log_says_what_it_is(
    written: Write, content: bytes, said: str
) -> None:
    name = written(content)
    with pytest.raises(LogError) as caught:
        read_workload([name])
    assert said in caught.value.message
    assert name in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="there is no file") as caught:
        read_workload([str(tmp_path / "nothing.jsonl")])
    assert "asa capture" in caught.value.hint


def test_a_missing_server_log_is_not_to_be_captured(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="there is no file") as caught:
        read_workload([str(tmp_path / "postgresql.log")])
    assert caught.value.hint == "correct its name"


def test_no_file_at_all_is_wrong_usage() -> None:
    with pytest.raises(LogError, match="no query log"):
        read_workload([])


def test_a_name_that_no_file_can_have_says_so() -> None:
    with pytest.raises(LogError, match="cannot read"):
        read_workload(["a\0b"])


def test_memory_does_not_grow_with_the_script(written: Write) -> None:
    def peak(statements: int) -> int:
        name = written("SELECT a FROM t WHERE b = 'some value';\n" * statements)
        tracemalloc.start()
        read_workload([name])
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(100)
    assert peak(60_000) < peak(20_000) + 100_000


def test_a_statement_longer_than_memory_allows_is_skipped(written: Write) -> None:
    name = written("SELECT '" + "x" * (17 * 1024 * 1024) + "';\nSELECT 1;\n")
    workload = read_workload([name])
    assert workload.calls == 1
    assert workload.sources[0].unreadable == ((name, 1, "longer than 16 MB"),)
