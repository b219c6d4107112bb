"""What the readers make of single entries, odd prefixes, packed logs and broken bytes."""

import bz2
import gzip
import lzma
import os
import re
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asa.errors import LogError, UsageError
from asa.model.plan import Access
from asa.model.record import QueryRecord
from asa.model.workload import Source
from asa.workload import Selection, read_workload
from asa.workload.readers.formats import READERS, read
from asa.workload.readers.log import opened
from asa.workload.readers.postgresql.parameters import parameters_of
from asa.workload.readers.postgresql.prefix import compiled
from asa.workload.selection import moment

TIME = "2026-11-22 10:00:00.250 UTC"
LINES = "LOG:  duration: 250.000 ms  statement: SELECT 1", "LOG:  duration: 1 ms"


def read_all(
    directory: Path, content: str | bytes, **options: str
) -> tuple[list[QueryRecord], Source]:
    file = directory / "any.name"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with closing(opened(str(file), options.get("line_prefix"))) as log:
        return list(read(log, options.get("form"))), log.source()


PREFIXES = {
    "%m [%p] ": f"{TIME} [17] ",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ": (
        "2026-11-22 10:00:00 UTC [17]: [3-1] user=joe,db=shop,app=My App 2,client=10.0.0.1 "
    ),
    "%m [%p] %q%u@%d/%a %v ": f"{TIME} [17] joe@shop/psql 3/14 ",
    "%t:%r:%u@%d:[%p]:": "2026-11-22 10:00:00 UTC:10.0.0.1(5432):joe@shop:[17]:",
    "%n [%p] %c %x ": "1795341600.250 [17] 6b031e2f.6f91 0 ",
    "< %m >": f"< {TIME} >",
    "%m [%p] %e %b ": f"{TIME} [17] 00000 client backend ",
    "[%-8p] %m ": f"[17      ] {TIME} ",
    "": "",
}


@pytest.mark.parametrize("given_prefix", [True, False], ids=["given", "detected"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_any_log_line_prefix_is_read(tmp_path: Path, prefix: str, given_prefix: bool) -> None:
    text = PREFIXES[prefix]
    entries = f"{text}{LINES[0]}\n\tFROM a\n{text}LOG:  checkpoint starting: time\n" * 3
    options = {"line_prefix": prefix} if given_prefix else {}
    records, source = read_all(tmp_path, entries, **options)
    assert [(r.sql, r.duration_ms) for r in records] == [("SELECT 1\nFROM a", 250.0)] * 3
    assert source.unreadable_count == 0
    (first, *_) = records
    if "%p" in prefix and "%-" not in prefix:
        assert first.scope.process == 17
    if "%u" in prefix:
        assert (first.user, first.database) == ("joe", "shop")
    if "%m" in prefix or "%n" in prefix:
        assert first.started_at == 1795341600.0
    if "%v" in prefix:
        assert first.scope.transaction == "3/14"


def test_lines_that_the_prefix_does_not_fit_are_entries_of_their_own(tmp_path: Path) -> None:
    log = f"{TIME} [17] joe@shop {LINES[0]}\n{TIME} [9] LOG:  checkpoint starting\n" * 3
    log += f"{TIME} [20] a b c d@shop@x {LINES[0]}\n"
    records, _ = read_all(tmp_path, log)
    assert [r.sql for r in records] == ["SELECT 1"] * 4


@pytest.mark.parametrize(
    "prefix",
    [
        "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
        "%m [%p] %q[user=%u,db=%d,app=%a] ",
        "%m [%p] user=[%u] db=[%d] app=[%a] ",
        "user=%u,db=%d,app=%a,client=%h,time=%m,pid=%p ",
        "%m [%p-%l] user=%u,db=%d,app=%a ",
    ],
)
def test_names_of_programs_are_read_whole(tmp_path: Path, prefix: str) -> None:
    names = ("web", "PostgreSQL JDBC Driver", "DBeaver 7.2.1 - Main <shop>")
    told = {"m": TIME, "t": "2026-11-22 10:00:01 UTC", "p": "42", "l": "7", "u": "joe",
            "d": "shop-1", "h": "10.0.0.5", "q": ""}  # fmt: skip
    rows = [
        re.sub("%(.)", lambda m, name=name: {**told, "a": name}[m[1]], prefix)  # type: ignore[misc]
        + "LOG:  duration: 2.000 ms  statement: SELECT a"
        for name in names
    ]
    records, _ = read_all(tmp_path, "\n".join(rows) + "\n")
    assert [r.application for r in records] == list(names)
    assert {(r.user, r.database, r.scope.process) for r in records} == {("joe", "shop-1", 42)}


def test_words_that_no_name_explains_are_nobodys(tmp_path: Path) -> None:
    row = f"{TIME}|42|joe|shop|web|LOG:  duration: 2.000 ms  statement: SELECT a\n"
    ((record,), _) = read_all(tmp_path, row)
    assert (record.user, record.database, record.application) == (None, None, None)


def test_values_of_another_session_are_not_taken(tmp_path: Path) -> None:
    first, second = (
        f"{TIME} [{process}] LOG:  duration: 2.000 ms  execute <unnamed>: SELECT {process} + $1\n"
        for process in (1, 2)
    )
    detail = f"{TIME} [1] DETAIL:  parameters: $1 = 'x'\n"
    told = [r.parameters for r in read_all(tmp_path, first + second + detail)[0]]
    assert told == [None, None]
    assert [r.parameters for r in read_all(tmp_path, second + first + detail)[0]] == [None, ("x",)]


def test_a_csvlog_with_quotes_around_every_name_is_read(tmp_path: Path) -> None:
    message = '"duration: 2.000 ms  statement: SELECT a"'
    row = f'"{TIME}","joe","shop","7","",,,"SELECT",,3/1,0,LOG,00000,{message},,,,,,,,,"web",,0\n'
    ((record,), source) = read_all(tmp_path, row)
    assert source.format == "postgresql-csv"
    assert (record.sql, record.user, record.scope.process) == ("SELECT a", "joe", 7)


def test_a_prefix_that_postgresql_does_not_know_is_refused() -> None:
    with pytest.raises(UsageError, match="%y"):
        compiled("%m %y ")


@pytest.mark.parametrize(
    ("detail", "values"),
    [
        ("parameters: $1 = '5', $2 = NULL", ("5", None)),
        ("Parameters: $1 = 'it''s, $2 = ''x''', $2 = ''", ("it's, $2 = 'x'", "")),
        ("parameters: $1 = 'two\nlines'", ("two\nlines",)),
        ("parameters: $1 = 'open", None),
        ("prepare: PREPARE q AS SELECT 1", None),
        (None, None),
    ],
)
def test_values_are_read_as_they_were_bound(detail: str | None, values: object) -> None:
    assert parameters_of(detail) == values


def test_an_execution_in_three_phases_is_one_call(tmp_path: Path) -> None:
    phases = "".join(
        f"{TIME} [1] LOG:  duration: 1.5 ms  {phase} s: SELECT $1\n{TIME} [1] DETAIL:  "
        "parameters: $1 = '7'\n"
        for phase in ("parse", "bind", "execute")
    )
    (record,) = read_all(tmp_path, phases)[0]
    assert (record.sql, record.duration_ms, record.parameters) == ("SELECT $1", 4.5, ("7",))
    fetch = f"{TIME} [1] LOG:  duration: 2 ms  execute fetch from s/p: SELECT $1\n"
    records, _ = read_all(tmp_path, phases + fetch)
    assert [r.executions for r in records] == [1, 0]


def test_a_bind_whose_execution_was_too_fast_to_be_logged_is_the_call(tmp_path: Path) -> None:
    bind = (
        f"{TIME} [1] LOG:  duration: 150 ms  bind s: SELECT $1\n"
        f"{TIME} [1] DETAIL:  parameters: $1 = '7'\n"
    )
    parse = f"{TIME} [1] LOG:  duration: 9 ms  parse s: SELECT $1\n"
    records, _ = read_all(tmp_path, parse + bind + bind + parse)
    assert [(r.duration_ms, r.parameters) for r in records] == [(159.0, ("7",)), (150.0, ("7",))]
    other = f"{TIME} [1] LOG:  duration: 200 ms  statement: SELECT 2\n"
    records, _ = read_all(tmp_path, bind + other)
    assert [r.sql for r in records] == ["SELECT $1", "SELECT 2"]


def test_names_that_the_server_does_not_know_are_unknown(tmp_path: Path) -> None:
    log = f"{TIME} [1]: user=joe,db=shop,appli=[unknown] {LINES[0]}\n"
    (record,) = read_all(tmp_path, log)[0]
    assert (record.user, record.database, record.application) == ("joe", "shop", None)


def test_times_find_the_statement_of_their_own_session(tmp_path: Path) -> None:
    log = (
        f"{TIME} [1] LOG:  statement: SELECT a\n{TIME} [2] LOG:  statement: SELECT b\n"
        f"{TIME} [1] LOG:  duration: 1 ms\n{TIME} [2] LOG:  duration: 2 ms\n"
        f"{TIME} [3] LOG:  duration: 9 ms\n{TIME} [1] LOG:  statement: SELECT c\n"
    )
    records, _ = read_all(tmp_path, log)
    assert [(r.sql, r.duration_ms) for r in records] == [
        ("SELECT a", 1.0), ("SELECT b", 2.0), ("SELECT c", None),
    ]  # fmt: skip


def test_a_statement_that_failed_is_one_call_with_its_state(tmp_path: Path) -> None:
    log = f"{TIME} [1] 42703 ERROR:  no\n{TIME} [1] 42703 STATEMENT:  SELECT b\n"
    logged = f"{TIME} [1] 00000 LOG:  statement: SELECT b\n" * 1 + log
    for content in (log, logged):
        (record,) = read_all(tmp_path, content, line_prefix="%m [%p] %e ")[0]
        assert (record.sql, record.error, record.duration_ms) == ("SELECT b", "42703", None)


def test_a_plan_told_after_its_statement_is_no_further_call(tmp_path: Path) -> None:
    statement = f"{TIME} [1] LOG:  duration: 9 ms  statement: SELECT a\n"
    plan = (
        f"{TIME} [1] LOG:  duration: 8 ms  plan:\n\tQuery Text: SELECT a\n"
        "\tSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)\n"
    )
    for log in ((statement + plan) * 3, (plan + statement) * 3):
        assert sum(record.executions for record in read_all(tmp_path, log)[0]) == 3


TEXT_PLAN = (
    "Query Text: SELECT a\n\tLimit  (cost=0.29..8.31 rows=1 width=4) (actual time=0..1 rows=1)\n"
    "\t  ->  Nested Loop  (cost=0.29..8.31 rows=1 width=4)\n"
    "\t        ->  Parallel Seq Scan on public.orders o  (cost=0.00..4.01 rows=1 width=4)\n"
    "\t              Filter: (note = 'x: y'::text)\n"
    "\t        ->  Index Scan using ix_items on items  (cost=0.29..8.30 rows=1 width=4)\n"
    "\t              Index Cond: (order_id = o.id)\n"
)
JSON_PLAN = (
    '{"Query Text": "SELECT a", "Plan": {"Node Type": "Limit", "Total Cost": 8.31, "Plan Rows": 1,'
    '\n\t"Plans": [{"Node Type": "Nested Loop", "Total Cost": 8.31, "Plan Rows": 1, "Plans": ['
    '{"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "o", "Total Cost": 4.01, '
    '"Plan Rows": 1, "Filter": "(note = \'x: y\'::text)"}, {"Node Type": "Index Scan", '
    '"Index Name": "ix_items", "Relation Name": "items", "Alias": "items", "Total Cost": 8.3, '
    '"Plan Rows": 1, "Index Cond": "(order_id = o.id)"}]}]}}\n'
)


@pytest.mark.parametrize("plan", [TEXT_PLAN, JSON_PLAN], ids=["text", "json"])
@pytest.mark.parametrize("told", ["before", "after", "between", "alone"])
def test_the_plan_that_a_log_tells_is_that_of_its_class(
    tmp_path: Path, plan: str, told: str
) -> None:
    planned = f"{TIME} [1] LOG:  duration: 8 ms  plan:\n\t{plan}"
    statement = f"{TIME} [1] LOG:  duration: 9 ms  statement: SELECT a\n"
    file = tmp_path / "pg.log"
    file.write_text(
        {
            "before": planned + statement,
            "after": statement + planned,
            "between": f"{TIME} [1] LOG:  statement: SELECT a\n{planned}"
            f"{TIME} [1] LOG:  duration: 9 ms\n",
            "alone": planned,
        }[told]
    )
    (found,) = read_workload([str(file)]).classes
    assert (found.calls, found.timed) == (1, 1)
    assert found.plan is not None
    limit, loop, scan, index = found.plan.walk()
    assert [limit.kind, loop.kind, limit.cost] == ["Limit", "Nested Loop", 8.31]
    assert (scan.kind, scan.access, scan.table, scan.alias) == (
        "Seq Scan", Access.FULL, "orders", "o",
    )  # fmt: skip
    assert scan.filter == "(note = 'x: y'::text)"
    assert (index.access, index.index, index.condition) == (
        Access.INDEX, "ix_items", "(order_id = o.id)",
    )  # fmt: skip


def test_a_plan_of_auto_explain_alone_tells_the_statement(tmp_path: Path) -> None:
    plan = (
        f"{TIME} [1] LOG:  duration: 2 ms  plan:\n\tQuery Text: SELECT a\n\tFROM t\n"
        "\tQuery Parameters: $1 = '3'\n\tSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)\n"
    )
    (first, second) = read_all(tmp_path, plan * 2)[0]
    assert first == second
    assert (first.sql, first.parameters) == ("SELECT a\nFROM t", ("3",))
    form = f'{TIME} [1] LOG:  duration: 2 ms  plan:\n\t{{"Query Text": "SELECT b", "Plan": {{}}}}\n'
    assert [r.sql for r in read_all(tmp_path, form)[0]] == ["SELECT b"]


SLOW = (
    "# Time: 2026-11-22T10:00:00.000000Z\n# User@Host: joe[joe] @ db [10.0.0.1]  Id:     8\n"
    "# Query_time: 0.002000  Lock_time: 0.000001 Rows_sent: 3  Rows_examined: 10\n"
)
VARIANTS = {
    "mysql 8": SLOW + "use shop;\nSET timestamp=1795341600;\nSELECT a FROM t;\n",
    "mysql 8 extra": (
        "# Time: 2026-11-22T10:00:00.000000Z\n# User@Host: joe[joe] @ db [10.0.0.1]  Id:     8\n"
        "# Query_time: 0.002000  Lock_time: 0.000001 Rows_sent: 3  Rows_examined: 10 Thread_id: 8 "
        "Errno: 0 Killed: 0 Bytes_received: 0 Start: 2026-11-22T10:00:00.000000Z "
        "End: 2026-11-22T10:00:00.002000Z\n"
        "use shop;\nSET timestamp=1795341600;\nSELECT a FROM t;\n"
    ),
    "mariadb": (
        "# Time: 261122 10:00:00\n# User@Host: joe[joe] @ db [10.0.0.1]\n"
        "# Thread_id: 8  Schema: shop  QC_hit: No\n"
        "# Query_time: 0.002000  Lock_time: 0.000001  Rows_sent: 3  Rows_examined: 10\n"
        "# Rows_affected: 0  Bytes_sent: 60\n# Full_scan: Yes\n#\n"
        "# explain: id\tselect_type\n#\nSET timestamp=1795341600;\nSELECT a FROM t;\n"
    ),
    "percona": (
        "# Time: 261122 10:00:00\n# User@Host: joe[joe] @ db [10.0.0.1]  Id: 8\n"
        "# Schema: shop  Last_errno: 0  Killed: 0\n"
        "# Query_time: 0.002000  Lock_time: 0.000001  Rows_sent: 3  Rows_examined: 10\n"
        "# Bytes_sent: 60\nSET timestamp=1795341600;\nSELECT a FROM t;\n"
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_make_of_slow_log_tells_the_same(tmp_path: Path, variant: str) -> None:
    again = VARIANTS[variant].replace("use shop;\n", "")
    quit_ = SLOW + "# administrator command: Quit;\n"
    records, source = read_all(tmp_path, VARIANTS[variant] + quit_ + again)
    assert source.unreadable_count == 0
    assert records[0] == records[1]
    (found, _) = records
    assert (found.sql, found.duration_ms, found.rows) == ("SELECT a FROM t", 2.0, 3)
    assert (found.user, found.database, found.scope.process) == ("joe", "shop", 8)
    assert found.started_at == 1795341600.0


def test_an_entry_without_a_statement_gives_the_next_nothing(tmp_path: Path) -> None:
    quit_ = SLOW.replace("0.002000", "9.000000") + "# administrator command: Quit;\n"
    timeless = SLOW.partition("\n")[2]
    for before in (quit_, SLOW.replace("0.002000", "9.000000")):
        (record,) = read_all(tmp_path, before + SLOW + "SELECT a;\n")[0]
        assert record.duration_ms == 2.0
    (record,) = read_all(tmp_path, quit_ + timeless + "SELECT a;\n")[0]
    assert record.duration_ms == 2.0


BANNERS = (
    (
        "/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\n"
        "Tcp port: 3306  Unix socket: /run/mysqld.sock\n"
    ),
    (
        "C:\\Program Files\\MySQL\\bin\\mysqld.exe, Version: 8.0.36 (MySQL). started with:\n"
        "TCP Port: 3306, Named Pipe: MySQL\n"
    ),
)


@pytest.mark.parametrize("banner", BANNERS)
def test_a_server_that_starts_anew_ends_the_statement_before(tmp_path: Path, banner: str) -> None:
    log = f"{banner}Time                 Id Command    Argument\n{SLOW}SELECT a;\n"
    records, source = read_all(tmp_path, log * 2)
    assert [r.sql for r in records] == ["SELECT a", "SELECT a"]
    assert source.unreadable_count == 0


def test_headings_of_old_servers_end_the_statement_before(tmp_path: Path) -> None:
    entry = (
        "# User: joe[joe] @ [10.0.0.1]\n# Thread_id: 4 Schema: shop\n# Query_time: 1\nSELECT 1;\n"
    )
    records, _ = read_all(tmp_path, SLOW + "SELECT 0;\n" + entry)
    assert [(r.sql, r.user, r.database) for r in records] == [
        ("SELECT 0", "joe", None),
        ("SELECT 1", "joe", "shop"),
    ]
    comment = "SELECT 1,\n# Thread_id: as the program says\n2;\n"
    assert [r.sql for r in read_all(tmp_path, SLOW + comment)[0]] == [comment[:-2]]


def test_use_is_a_statement_where_nothing_follows(tmp_path: Path) -> None:
    quit_ = "# administrator command: Quit;\n"
    log = f"{SLOW}use shop;\nUSE `stock`;\n{SLOW}use stock;\n{quit_}{SLOW}SELECT 1;\n"
    records, _ = read_all(tmp_path, log)
    assert [(r.sql, r.database) for r in records] == [
        ("USE `stock`", "stock"),
        ("SELECT 1", "stock"),
    ]


def test_a_session_in_no_database_is_in_none(tmp_path: Path) -> None:
    mariadb = VARIANTS["mariadb"]
    records, _ = read_all(tmp_path, mariadb + mariadb.replace("Schema: shop ", "Schema:  "))
    assert [r.database for r in records] == ["shop", None]


def test_without_a_time_of_its_own_a_statement_ended_when_it_was_logged(tmp_path: Path) -> None:
    again = SLOW.partition("\n")[2].replace("0.002000", "3.000000")
    records, _ = read_all(tmp_path, f"{SLOW}SELECT 1;\n{again}SELECT 2;\n")
    assert [r.started_at for r in records] == [1795341599.998, 1795341597.0]


def test_general_logs_of_old_servers_are_read(tmp_path: Path) -> None:
    log = (
        "261122  9:55:24\t     42 Connect     joe@localhost on shop\n"
        "\t\t     42 Query       SELECT a\n                  FROM t\n"
        "\t\t     42 Quit       \n"
        "261122  9:55:25      43 Query       SELECT b\n"
        "                     43 Query       SELECT c\n"
    )
    records, source = read_all(tmp_path, log)
    assert source.format == "mysql-general"
    assert [(r.sql.split(), r.database) for r in records] == [
        (["SELECT", "a", "FROM", "t"], "shop"),
        (["SELECT", "b"], None),
        (["SELECT", "c"], None),
    ]
    assert records[0].started_at is not None
    assert records[1].started_at == records[2].started_at == records[0].started_at + 1


def test_a_statement_that_a_log_cuts_off_is_marked(tmp_path: Path) -> None:
    slow = SLOW + "SET timestamp=1795341600;\nSELECT a FROM t WHERE b IN (1, 2"
    assert [r.truncated for r in read_all(tmp_path, slow)[0]] == [True]
    torn = f"{TIME} [1] {LINES[0]}\n{TIME} [1] {LINES[0]}"
    assert [r.truncated for r in read_all(tmp_path, torn)[0]] == [False, True]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_logs_are_read_and_torn_ones_as_far_as_they_go(
    tmp_path: Path, pack: "object"
) -> None:
    assert callable(pack)
    log = "".join(
        f"{TIME} [1] LOG:  duration: {n} ms  statement: SELECT {n}\n" for n in range(20_000)
    )
    packed = pack(log.encode())
    assert len(read_all(tmp_path, packed)[0]) == 20_000
    records, source = read_all(tmp_path, packed[: len(packed) * 2 // 3])
    if records:
        assert source.unreadable[-1][2].startswith("the log is damaged")


def test_a_log_is_read_from_standard_input() -> None:
    command = (sys.executable, "-m", "asa", "digest", "-", "--format", "json")
    done = subprocess.run(
        command, input=SLOW + "SELECT 1;\n", text=True, capture_output=True, check=True
    )
    assert '"queries": 1' in done.stdout


def test_a_format_is_insisted_on_or_refused(tmp_path: Path) -> None:
    both = "SELECT 1;\n" + SLOW + "SELECT 2;\n"
    assert read_all(tmp_path, both)[1].format == "mysql-slow"
    records, source = read_all(tmp_path, both.splitlines()[0], form="sql")
    assert (len(records), source.format) == (1, "sql")
    with pytest.raises(UsageError, match="no log format"):
        read_all(tmp_path, "SELECT 1;", form="nonsense")


CHOICES = [
    (Selection(since=moment("2026-11-22 10:00:01", "--since")), ["SELECT b"]),
    (Selection(until=moment("2026-11-22T10:00:01Z", "--until")), ["SELECT a"]),
    (Selection(database="shop"), ["SELECT a"]),
    (Selection(user="ann"), ["SELECT b"]),
]


@pytest.mark.parametrize(("selection", "kept"), CHOICES)
def test_records_are_chosen(tmp_path: Path, selection: Selection, kept: list[str]) -> None:
    file = tmp_path / "pg.log"
    file.write_text(
        "2026-11-22 10:00:00.000 UTC [1] joe@shop LOG:  statement: SELECT a\n"
        "2026-11-22 10:00:02.000 UTC [2] ann@yard LOG:  statement: SELECT b\n"
    )
    workload = read_workload([str(file)], selection=selection)
    assert [c.sql for c in workload.classes] == kept


def test_what_no_record_has_says_so(tmp_path: Path) -> None:
    file = tmp_path / "pg.log"
    file.write_text(f"{TIME} [1] joe@shop {LINES[0]}\n")
    with pytest.raises(LogError, match="asked for"):
        read_workload([str(file)], selection=Selection(database="none"))
    with pytest.raises(UsageError, match="no time"):
        moment("yesterday-ish", "--since")


@pytest.mark.parametrize(
    ("option", "selection"),
    [
        ("--database", Selection(database="shop")),
        ("--user", Selection(user="joe")),
        ("--since", Selection(since=0.0)),
        ("--until", Selection(until=1e10)),
    ],
)
def test_a_choice_by_what_the_log_does_not_tell_says_so(
    tmp_path: Path, option: str, selection: Selection
) -> None:
    file = tmp_path / "pg.log"
    file.write_text(f"[17] {LINES[0]}\n")
    with pytest.raises(LogError, match=f"tells no .*: {option} finds none") as caught:
        read_workload([str(file)], selection=selection)
    assert "log_line_prefix" in caught.value.hint


def test_entries_that_are_none_are_counted_with_their_line(tmp_path: Path) -> None:
    row = '{"error_severity":"LOG","message":"statement: SELECT 1"}\n'
    _, source = read_all(tmp_path, row + '{"error_seve\n' + row)
    assert source.unreadable_count == 1
    assert source.unreadable[0][1:] == (2, "not whole JSON")
    _, source = read_all(tmp_path, f"noise\nmore\n{TIME} [1] {LINES[0]}\n")
    assert source.unreadable_count == 1


LONG = "SELECT '" + "x" * 1_000_000 + "'"
LONG_ENTRIES = {
    "stderr": f"{TIME} [1] LOG:  statement: {LONG}\n",
    "csv": f'{TIME},"joe","shop",1,,,,,,,,LOG,00000,"statement: {LONG}",,,,,,,,,""\n',
    "json": f'{{"error_severity":"LOG","message":"statement: {LONG}"}}\n',
    "cloudnative": (
        '{"level":"info","record":{"log_time":"%s","process_id":"1","error_severity":"LOG",'
        '"message":"statement: %s"}}\n'
    ),
    "slow": f"{SLOW}{LONG};\n",
    "general": f"2026-11-22T10:00:00.000000Z\t    5 Query\t{LONG}\n",
    "sql": f"{LONG};\n",
}


@pytest.mark.parametrize("form", LONG_ENTRIES)
def test_a_very_long_statement_is_read_whole(tmp_path: Path, form: str) -> None:
    entry = LONG_ENTRIES[form]
    records, source = read_all(tmp_path, entry % (TIME, LONG) if "%s" in entry else entry)
    assert [record.sql for record in records] == [LONG]
    assert source.unreadable_count == 0


def test_a_message_that_the_host_cut_off_is_marked(tmp_path: Path) -> None:
    log = f"{TIME} [1] LOG:  statement: SELECT a[Your log message was truncated]\n"
    (record,) = read_all(tmp_path, log)[0]
    assert (record.sql, record.truncated) == ("SELECT a", True)


PIECES = [
    b"\n", b"\t", b"LOG:  ", b"duration: 1 ms  statement: ",
    b"duration: 1 ms  plan:\n\tQuery Text: ", b"ERROR:  ", b"STATEMENT:  ",
    b"DETAIL:  parameters: $1 = '", b"# Time: ", b"# User@Host: a[a] @ b []\n",
    b"# Query_time: 1 Lock_time: 0\n", b"SET timestamp=99999999999999999999;\n", TIME.encode(),
    b"[7] ", b"261122 10:00:00\t    5 Query\t", b"\t\t    5 Init DB\tx\n", b'"', b",", b"\\",
    b"\x00", b"\xff\xfe", b'{"error_severity":"LOG","message":1,"pid":"x"}\n',
    b'{"kind":"header"', b"SELECT '", b"/*", b"9" * 40,
    b"9999-99-99 99:99:99.999 XYZ,\"a\",\"b\",7,", b"%", b"(",
    b"Nov 22 10:00:00 db postgres[7]: [3-1] ", b"[3-2] #011", b"db-1  | ", b"{", b"}\n", b"[\n",
    b'{"log":"', b'"message": "LOG:  duration: 1 ms  statement: SELECT 1\\n",\n',
    b'{"events":[{"message":1}]}\n', b"2026-11-22T10:00:00.123456789Z stderr P LOG:  ",
    b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"db.statement","value":1}',
    b'\n{"context":{"trace_id":""},"name":"","attributes":{"db.statement":"a","db.system":[]}}',
    b'{"context":7,"name":"","attributes":{"db.statement":"a"},"start_time":"9","status":7}\n',
]  # fmt: skip
FUZZED_CASES = int(os.environ.get("ASA_TEST_FUZZED_CASES", "60"))
FUZZED = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)), max_size=40).map(
    b"".join
)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.format)
@given(content=FUZZED)
@settings(max_examples=FUZZED_CASES)
def test_no_bytes_break_a_reader(tmp_path_factory: pytest.TempPathFactory, reader, content) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path_factory.getbasetemp() / "fuzzed"
    file.write_bytes(content or b" ")
    try:
        log = opened(str(file))
    except LogError:
        return
    with closing(log):
        reader.recognises(log.head)
        for record in reader.records(log):
            assert isinstance(record.sql, str)
            assert record.duration_ms is None or record.duration_ms >= 0


@given(content=FUZZED, wrapped=st.sampled_from(PIECES))
@settings(max_examples=FUZZED_CASES)
def test_no_bytes_break_what_finds_the_format(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, wrapped: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "wrapped"
    file.write_bytes(b"".join(wrapped + line + b"\n" for line in content.split(b"\n")))
    try:
        with closing(opened(str(file))) as log:
            assert all(isinstance(record.sql, str) for record in read(log))
    except LogError:
        return


HOSTILE = {
    "one long row": b"x" * 3_000_000,
    "one long statement": f"{TIME} [1] LOG:  statement: SELECT '".encode() + b"y" * 3_000_000,
    "prefixes": (TIME.encode() + b" [") * 60_000,
    "severities": b"LOG: " * 300_000 + b"\n" + b" LOG:  x\n" * 100_000,
    "nested comments": f"{TIME} [1] LOG:  statement: ".encode() + b"/*" * 100_000,
    "zeros": f"{TIME} [1] LOG:  statement: SELECT 1\n".encode() + b"\x00" * 1_000_000,
    "headings": b"# Time: 261122 1:\n# User@Host: " * 60_000,
    "quotes": b'2026-11-22 10:00:00.000 UTC,"a","b",1,"' + b'""' * 500_000,
    "braces": b'{"error_severity":' + b"[" * 1_000_000,
    "containers": b"db | LOG:  statement: SELECT 1\n" * 9 + b"db" + b" " * 500_000 + b"\n",
    "parts": b"".join(
        b"Nov 22 10:00:00 db postgres[7]: [3-%d] LOG:  statement: %s\n" % (part, b"x" * 800)
        for part in range(1, 3_000)
    ),
    "envelopes": b'{"message":"LOG:  statement: x"}\n' + b'"message":"' * 50_000 + b" " * 500_000,
    "parameters": f"{TIME} [1] LOG:  execute s: SELECT 1\n{TIME} [1] DETAIL:  parameters: ".encode()
    + b"$1 = '" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.format)
@pytest.mark.parametrize("shape", HOSTILE)
def test_no_content_takes_long(tmp_path: Path, reader, shape: str) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "hostile"
    file.write_bytes(HOSTILE[shape])
    started = time.process_time()
    with closing(opened(str(file))) as log:
        reader.recognises(log.head)
        for _ in reader.records(log):
            pass
    megabytes = len(HOSTILE[shape]) / 1e6
    assert time.process_time() - started < 5 + 5 * megabytes


@pytest.mark.parametrize("shape", HOSTILE)
def test_no_content_takes_long_to_unwrap(tmp_path: Path, shape: str) -> None:
    file = tmp_path / "hostile"
    file.write_bytes(HOSTILE[shape])
    started = time.process_time()
    with closing(opened(str(file))) as log, suppress(LogError):
        for _ in read(log):
            pass
    assert time.process_time() - started < 5 + 5 * len(HOSTILE[shape]) / 1e6
