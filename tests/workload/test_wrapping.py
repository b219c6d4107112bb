"""A log wrapped by syslog, containers and clouds tells what it tells unwrapped."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from asa.model.record import QueryRecord
from asa.model.workload import Source
from asa.workload.readers.formats import read
from asa.workload.readers.log import opened

DAY = "2026-11-22 10:00"
LONG = "SELECT " + ", ".join(f"column_{number}" for number in range(200)) + " FROM wide"


def session(process: int) -> list[list[str]]:
    """The entries of one session, each as its lines: those of PostgreSQL begin with a prefix."""
    prefix = f"{DAY}:0{process}.250 UTC [{process}] joe@shop "
    duration = f"{prefix}LOG:  duration: 2.500 ms  "
    return [
        [f"{duration}statement: SELECT a", "\tFROM t", "\t", "\tWHERE b = 'LOG:  #x'"],
        [
            f"{duration}execute s: INSERT INTO t VALUES ($1, $2)",
            f"{prefix}DETAIL:  parameters: $1 = 'two",
            "\tlines', $2 = NULL",
        ],
        [f"{duration}statement: {LONG}"],
        [f"{prefix}ERROR:  no", f"{prefix}STATEMENT:  SELECT missing"],
        [f"{duration}statement: SELECT 'a|b \\ \"q\" {{x}} é'"],
    ]


ENTRIES = [entry for pair in zip(session(1), session(2), strict=True) for entry in pair]
PLAIN = [line for entry in ENTRIES for line in entry]


def process_of(entry: list[str]) -> int:
    return int(entry[0].split("[")[1].split("]")[0])


def parts(entry: list[str]) -> Iterator[str]:
    """Cut an entry as PostgreSQL does for syslog: at line ends, and between words."""
    for line in entry:
        rest = line
        while len(rest) > 200:
            cut = rest.rindex(" ", 0, 200)
            yield rest[:cut]
            rest = rest[cut:]
        yield rest


def syslogged(head: str) -> list[str]:
    """Entries in syslog, the parts of two sessions mingled."""
    rows: list[str] = []
    for number, (one, two) in enumerate(zip(ENTRIES[::2], ENTRIES[1::2], strict=True), 3):
        lines = []
        for entry in (one, two):
            texts = list(parts(entry))
            short = len(texts) == 1
            lines.append([
                head.format(process=process_of(entry))
                + (f"[{number}] " if short else f"[{number}-{part}] ")
                + text.replace("\t", "#011")
                for part, text in enumerate(texts, 1)
            ])  # fmt: skip
        for pair in zip(*lines, strict=True):
            rows += pair
    return rows


def logplex() -> list[str]:
    rows = []
    for number, entry in enumerate(ENTRIES, 3):
        process, second = process_of(entry), process_of(entry)
        facts = (
            f'sql_error_code = 00000 time_ms = "{DAY}:0{second}.250 UTC" pid="{process}" '
            'proc_start_time="2026-11-22 09:00:00 UTC" session_id="61a.2b" vtid="4/5" tid="0" '
            'log_line="1" database="shop" connection_source="10.0.0.1(5)" user="joe" '
            'application_name="web" '
        )
        for part, text in enumerate(parts(entry), 1):
            inner = text.replace(f"{DAY}:0{second}.250 UTC [{process}] joe@shop ", " " + facts)
            head = f"2026-11-22T10:00:01.1+00:00 app[postgres.{process}]: [COPPER] "
            rows.append(f"{head}[{number}-{part}] {inner.replace(chr(9), '#011')}")
    return rows


def dockered(line: str, at: int = 16_000) -> Iterator[str]:
    text = line + "\n"
    for start in range(0, len(text), at):
        yield json.dumps({"log": text[start : start + at], "stream": "stderr", "time": "2026"})


def cri(line: str) -> Iterator[str]:
    head = "2026-11-22T10:00:00.123456789Z stderr"
    yield from (f"{head} P {line[:70]}", f"{head} F {line[70:]}")


def azure(entry: list[str]) -> str:
    line, *rest = entry
    prefix, _, message = line.partition("LOG:  " if "LOG:  " in line else "ERROR:  ")
    severity = "LOG" if "LOG:  " in line else "ERROR"
    fields = {"timestamp": prefix[:27], "processId": process_of(entry), "errorLevel": severity}
    text = "\n".join((message, *(row[1:] for row in rest if row[:1] == "\t")))
    for name in ("DETAIL", "STATEMENT"):
        place = next((n for n, row in enumerate(rest) if f"{name}:  " in row), None)
        if place is not None:
            told = [rest[place].partition(f"{name}:  ")[2], *(r[1:] for r in rest[place + 1 :])]
            fields[name.lower()] = "\n".join(told)
            text = message
    properties = {**fields, "message": f"{prefix}{severity}:  " + text.replace("\n", "\n\t")}
    return json.dumps({"category": "PostgreSQLLogs", "properties": properties})


EVENTS = [{"timestamp": 1, "message": "\n".join(entry)} for entry in ENTRIES]
CLOUD = [{"insertId": "a", "textPayload": "\n".join(entry)} for entry in ENTRIES]
OTHERS = ["web-1  | GET /orders 200", 'web-1  | {"a": 1}']
STYLES: dict[str, Callable[[], list[str]]] = {
    "rfc 3164": lambda: syslogged("Nov 22 10:00:00 db-1 postgres[{process}]: "),
    "rfc 5424": lambda: syslogged("<134>1 2026-11-22T10:00:00.1Z db-1 postgres {process} - - "),
    "rsyslog": lambda: syslogged("2026-11-22T10:00:00.123456+00:00 db-1 postgres[{process}]: "),
    "logplex": logplex,
    "logplex, drained": lambda: [
        row.replace(" app[", " d.0a1b-2c app[").replace("]: [", "] [") for row in logplex()
    ],
    "docker": lambda: [row for line in PLAIN for row in dockered(line, 300)],
    "compose": lambda: [
        row for line in PLAIN for row in ("\x1b[36mdb-1   |\x1b[0m " + line, *OTHERS)
    ],
    "kubectl": lambda: [f"[pod/db-0/postgres] {line}" for line in PLAIN],
    "cri": lambda: [row for line in PLAIN for row in cri(line)],
    "times": lambda: [f"2026-11-22T10:00:00.123456789Z {line}" for line in PLAIN],
    "aws logs tail": lambda: [f"2026-11-22T10:00:00+00:00 db-1 {line}" for line in PLAIN],
    "cloudwatch": lambda: [json.dumps({"events": EVENTS})],
    "cloudwatch, printed": lambda: json.dumps({"events": EVENTS}, indent=4).splitlines(),
    "firehose": lambda: [json.dumps({"logEvents": [event]}) for event in EVENTS],
    "cloud logging": lambda: [json.dumps(one) for one in CLOUD],
    "gcloud": lambda: json.dumps(CLOUD, indent=2).splitlines(),
    "azure": lambda: [azure(entry) for entry in ENTRIES],
    "azure, records": lambda: [json.dumps({"records": [json.loads(azure(e)) for e in ENTRIES]})],
    "docker in kubectl": lambda: [
        f"[pod/db-0/postgres] {row}" for line in PLAIN for row in dockered(line)
    ],
}  # fmt: skip


def read_all(file: Path, rows: list[str]) -> tuple[list[QueryRecord], Source]:
    file.write_text("\n".join(rows) + "\n")
    with closing(opened(str(file))) as log:
        return list(read(log)), log.source()


def told(records: list[QueryRecord]) -> list[str]:
    """What records tell, by session."""
    facts = (
        (r.scope.process, r.sql, r.parameters, r.duration_ms, r.started_at, r.user, r.database,
         bool(r.error))
        for r in records
    )  # fmt: skip
    return sorted(map(repr, facts))


@pytest.mark.parametrize("style", STYLES)
def test_a_wrapped_log_tells_what_it_tells_unwrapped(tmp_path: Path, style: str) -> None:
    plain, _ = read_all(tmp_path / "plain", PLAIN)
    assert len(plain) == 10
    wrapped, source = read_all(tmp_path / "wrapped", STYLES[style]())
    assert told(wrapped) == told(plain)
    assert source.unreadable_count == 0
    assert source.format.startswith("postgresql-stderr in ")


@pytest.mark.parametrize("style", ["rfc 3164", "docker", "gcloud"])
def test_a_prefix_given_is_that_of_the_server(tmp_path: Path, style: str) -> None:
    plain, _ = read_all(tmp_path / "plain", PLAIN)
    file = tmp_path / "wrapped"
    file.write_text("\n".join(STYLES[style]()) + "\n")
    with closing(opened(str(file), "%m [%p] %u@%d ")) as log:
        assert told(list(read(log))) == told(plain)


def test_syslog_tells_the_time_and_process_that_the_prefix_lacks(tmp_path: Path) -> None:
    head = "2026-11-22T10:00:00.5+00:00 db postgres[7]: [3-1] "
    rows = [f"{head}joe@shop LOG:  duration: 500.000 ms  statement: SELECT {n}" for n in "123"]
    records, _ = read_all(tmp_path / "log", rows)
    assert {(r.started_at, r.scope.process, r.user) for r in records} == {(1795341600.0, 7, "joe")}


def test_what_is_no_line_of_the_wrapping_is_counted(tmp_path: Path) -> None:
    rows = STYLES["rfc 3164"]()
    _, source = read_all(tmp_path / "log", [*rows, "noise"])
    assert source.unreadable == ((str(tmp_path / "log"), len(rows) + 1, "not a line of a syslog"),)
    rows = STYLES["cloud logging"]()
    _, source = read_all(tmp_path / "log", [*rows, '{"textPayl'])
    assert source.unreadable_count == 1
