"""A log in pieces is the log read in one go, wherever it is cut."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asa.model.event import Event
from asa.model.workload import Workload
from asa.workload import Selection, read_digest, read_workload
from asa.workload.pieces import Joined, cut, digested, read_part
from asa.workload.readers.formats import reader_of
from asa.workload.readers.log import opened
from asa.workload.readers.source import plain_file
from asa.workload.transactions import Guess

EVERYTHING = Selection()
GUESS = Guess()
GUESSES = st.builds(Guess, within=st.booleans(), implicit=st.booleans())
STATEMENTS = (
    "SELECT a FROM t WHERE b = $1",
    "SELECT a FROM t WHERE b = 'it''s\n%s'",
    "BEGIN",
    "COMMIT",
    "UPDATE t SET a = 1",
)
MESSAGES = (
    "duration: 1.250 ms  statement: {sql}",
    "duration: 0.500 ms  parse <unnamed>: {sql}",
    "duration: 0.250 ms  bind a_1: {sql}",
    "duration: 2.500 ms  execute a_1: {sql}",
    "execute fetch from a_1/c: {sql}",
    "statement: {sql}",
    "execute <unnamed>: {sql}",
    "duration: 7.750 ms",
    "duration: 1.500 ms  plan:\nQuery Text: {sql}\nSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)",
    "checkpoint starting: time",
)
ENTRIES = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(MESSAGES),
        st.sampled_from(STATEMENTS),
        st.sampled_from(["LOG", "LOG", "LOG", "ERROR"]),
        st.booleans(),
        st.sampled_from(["", "3/7", "3/8"]),
    ),
    min_size=1,
    max_size=40,
)
VALUES = "parameters: $1 = 'x, y'"


def stderr(entries: list[tuple[int, str, str, str, bool, str]]) -> str:
    lines = []
    for number, (process, message, sql, severity, values, transaction) in enumerate(entries):
        prefix = f"2026-11-22 10:00:{number:02}.125 UTC [{process}] joe@shop {transaction} "
        text = message.format(sql=sql) if severity == "LOG" else 'relation "t" does not exist'
        lines.append(f"{prefix}{severity}:  {text}".replace("\n", "\n\t"))
        if severity == "ERROR":
            lines.append(f"{prefix}STATEMENT:  {sql}".replace("\n", "\n\t"))
        elif values:
            lines.append(f"{prefix}DETAIL:  {VALUES}")
    return "\n".join(lines) + "\n"


def csv(entries: list[tuple[int, str, str, str, bool, str]]) -> str:
    rows = []
    for number, (process, message, sql, severity, values, transaction) in enumerate(entries):
        columns = [""] * 26
        columns[0] = f"2026-11-22 10:00:{number:02}.125 UTC"
        columns[1:4] = ["joe", "shop", str(process)]
        columns[9], columns[11] = transaction, severity
        columns[13] = message.format(sql=sql)
        columns[14] = VALUES if values else ""
        columns[19] = sql if severity == "ERROR" else ""
        text = columns[:1] + ['"' + one.replace('"', '""') + '"' for one in columns[1:3]]
        text += columns[3:4] + ['"' + one.replace('"', '""') + '"' for one in columns[4:]]
        rows.append(",".join(text))
    return "\n".join(rows) + "\n"


def jsonlog(entries: list[tuple[int, str, str, str, bool, str]]) -> str:
    return "".join(
        json.dumps(
            {
                "timestamp": f"2026-11-22 10:00:{number:02}.125 UTC",
                "pid": process,
                "vxid": transaction,
                "error_severity": severity,
                "message": message.format(sql=sql),
                "detail": VALUES if values else "",
                "statement": sql if severity == "ERROR" else "",
            }
        )
        + "\n"
        for number, (process, message, sql, severity, values, transaction) in enumerate(entries)
    )


def in_pieces(
    file: Path, piece_bytes: int, selection: Selection = EVERYTHING, *, guess: Guess = GUESS
) -> Workload:
    with closing(opened(str(file))) as log, plain_file(str(file)) as again:
        reader = reader_of(log)
        pieces = cut(log, reader, again, file.stat().st_size, piece_bytes, selection)
        assert pieces[0].start == 0
        assert pieces[-1].end in (None, file.stat().st_size)
        if len(pieces) == 1:
            joined = Joined(read_part(log, reader, selection, None), selection)
        else:
            first, *others = (
                digested(replace(piece, guess=guess), selection, None) for piece in pieces
            )
            joined = Joined(first, selection)
            for part in others:
                joined.add(part)
            joined.finish()
    joined.digest.add_source(joined.source, joined.mapped)
    return without_names(joined.digest.workload())


def without_names(workload: Workload) -> Workload:
    """A transaction's number tells where the reading began: it is a name, and no fact."""
    bursts = (
        replace(burst, scope=replace(burst.scope, transaction=None)) for burst in workload.bursts
    )
    return replace(workload, bursts=tuple(sorted(bursts, key=repr)))


@pytest.mark.parametrize("form", [stderr, csv, jsonlog])
@given(entries=ENTRIES, piece_bytes=st.integers(1, 2_000), of_joe=st.booleans(), guess=GUESSES)
@settings(max_examples=120, deadline=None)
def test_a_log_in_pieces_is_the_log_read_in_one_go(
    tmp_path_factory: pytest.TempPathFactory,
    form: object,
    entries: list[tuple[int, str, str, str, bool, str]],
    piece_bytes: int,
    of_joe: bool,
    guess: Guess,
) -> None:
    assert callable(form)
    file = tmp_path_factory.getbasetemp() / "pieces.log"
    file.write_text(form([(1, MESSAGES[0], "SELECT 1", "LOG", False, ""), *entries]))
    selection = Selection(user="joe") if of_joe and form is not jsonlog else EVERYTHING
    assert in_pieces(file, piece_bytes, selection, guess=guess) == without_names(
        read_workload([str(file)], selection=selection)
    )


MYSQL_STATEMENTS = (
    "SELECT a FROM t WHERE b = 'x'",
    "SELECT a\nFROM t\n# Thread_id: 7\nWHERE b = 2",
    "use other",
    "BEGIN",
    "COMMIT",
    "SET autocommit=0",
)
MYSQL_ENTRIES = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(["Query", "Query", "Query", "Connect", "Init DB", "Quit"]),
        st.sampled_from(MYSQL_STATEMENTS),
        st.sampled_from(["", "shop", "stock"]),
        st.booleans(),
        st.sampled_from(["", "", "", "banner"]),
    ),
    min_size=1,
    max_size=40,
)
BANNER = (
    "/usr/sbin/mysqld, Version: 8.0.36 (MySQL). started with:\n"
    "Tcp port: 3306  Unix socket: /s\nTime                 Id Command    Argument\n"
)
MysqlEntry = tuple[int, str, str, str, bool, str]


def slow_log(entries: list[MysqlEntry]) -> str:
    lines = []
    for number, (thread, command, sql, database, timed, start) in enumerate(entries):
        time = f"# Time: 2026-11-22T10:00:{number:02}.125000Z\n" if timed else ""
        user = f"# User@Host: joe{thread}[joe] @ db [10.0.0.1]  Id: {thread}\n"
        times = f"# Query_time: 0.0{number:02}000  Lock_time: 0 Rows_sent: 3  Rows_examined: 10\n"
        told = {"Init DB": f"# Schema: {database}  Last_errno: 0\n"}.get(command, "")
        use = f"use {database};\n" if database and command != "Init DB" else ""
        if command == "Quit":
            text = "# administrator command: Quit;\n"
        else:
            stamp = f"SET timestamp=17953416{number:02};\n" if command == "Query" else ""
            text = f"{use}{stamp}{sql};\n"
        lines.append(f"{BANNER if start else ''}{time}{user}{told}{times}{text}")
    return "".join(lines)


def general_log(entries: list[MysqlEntry]) -> str:
    lines = []
    for number, (thread, command, sql, database, timed, start) in enumerate(entries):
        time = f"2026-11-22T10:00:{number:02}.125000Z" if timed else "\t"
        text = {"Query": sql, "Connect": f"joe{thread}@db on {database}", "Init DB": database}
        lines.append(
            f"{BANNER if start else ''}{time}\t{thread:5} {command}\t{text.get(command, '')}\n"
        )
    return "".join(lines)


@pytest.mark.parametrize("form", [slow_log, general_log])
@given(
    entries=MYSQL_ENTRIES,
    piece_bytes=st.integers(1, 2_000),
    guess=GUESSES,
    user=st.sampled_from([None, None, "joe2"]),
)
@settings(max_examples=60, deadline=None)
def test_a_log_of_mysql_in_pieces_is_the_log_read_in_one_go(
    tmp_path_factory: pytest.TempPathFactory,
    form: object,
    entries: list[MysqlEntry],
    piece_bytes: int,
    guess: Guess,
    user: str | None,
) -> None:
    assert callable(form)
    file = tmp_path_factory.getbasetemp() / "mysql.log"
    connected = [(n, "Connect", "SELECT 1", "shop", True, "") for n in (1, 2)]
    asked = [(n, "Query", "SELECT 1", "shop", True, "") for n in (1, 2)]
    file.write_text(form([*connected, *asked, *entries]))
    selection = Selection(user=user)
    assert in_pieces(file, piece_bytes, selection, guess=guess) == without_names(
        read_workload([str(file)], selection=selection)
    )


def test_a_log_of_mysql_is_cut_where_it_tells_the_time(tmp_path: Path) -> None:
    file = tmp_path / "slow.log"
    entry: MysqlEntry = (1, "Query", MYSQL_STATEMENTS[1], "", True, "")
    file.write_text(slow_log([(1, "Query", "SELECT 1", "shop", True, ""), *[entry] * 20]))
    with closing(opened(str(file))) as log, plain_file(str(file)) as again:
        pieces = cut(log, reader_of(log), again, file.stat().st_size, 500)
        chosen = cut(
            log, reader_of(log), again, file.stat().st_size, 500, Selection(database="shop")
        )
    assert len(pieces) > 5
    assert len(chosen) == 1
    (asked, one) = in_pieces(file, 500).classes
    assert (asked.calls, asked.origins) == (20, ((("joe1", "shop", None), 20),))
    assert one.calls == 1


def test_lines_not_read_are_counted_by_their_place_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "pieces.json"
    good = jsonlog([(1, MESSAGES[0], "SELECT 1", "LOG", False, "")])
    file.write_text((good + "{torn\n") * 20)
    (source,) = in_pieces(file, 100).sources
    assert source == read_workload([str(file)]).sources[0]
    assert source.unreadable_count == 20
    assert [line for _, line, _ in source.unreadable[:3]] == [2, 4, 6]


def test_a_capture_in_pieces_is_the_capture(tmp_path: Path) -> None:
    file = tmp_path / "capture.jsonl"
    header = {"kind": "header", "format": 1, "asa": "1", "python": "3", "command": ["a", "b"]}
    header |= {"directory": "/", "revision": None, "started_at": 1.0, "values": True}
    query = {"kind": "query", "sql": "SELECT 1", "executions": 1, "duration_ms": 1.0}
    query["scope"] = {"process": 1, "session": "1"}
    lines = [header, *({**query, "parameters": None, "started_at": float(n)} for n in range(50))]
    file.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    assert in_pieces(file, 300) == without_names(read_workload([str(file)]))


def test_several_processes_read_what_one_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asa.workload.reading.PIECE_BYTES", 20_000)
    file = tmp_path / "large.log"
    entries = [
        (n % 3, MESSAGES[n % 9], STATEMENTS[n % 5], "LOG", n % 2 == 0, "") for n in range(60)
    ]
    file.write_text(stderr(entries) * 20)
    alone = read_workload([str(file)])
    told: list[Event] = []
    several = read_digest([str(file)], jobs=2, notify=told.append).workload()
    assert [event.total for event in told] == [file.stat().st_size] * len(told)
    assert told[-1].done == file.stat().st_size
    assert without_names(several) == without_names(alone)
