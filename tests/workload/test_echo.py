"""SQLAlchemy's own log of a program, really run, tells what asa capture sees of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from asa.model.workload import Workload
from asa.workload import read_workload

PROGRAM = """
import logging, sys
import sqlalchemy as sa
style = sys.argv[1]
engine = sa.create_engine("sqlite://", echo=style == "echo")
if style != "echo":
    logging.basicConfig(format=style)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)
metadata = sa.MetaData()
columns = sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.String)
table = sa.Table("t", metadata, *columns)
with engine.begin() as connection:
    metadata.create_all(connection)
    connection.execute(table.insert(), {"a": "it's\\nINFO sqlalchemy.engine.Engine x"})
    connection.execute(table.insert(), [{"a": "x"}, {"a": None}])
    connection.execute(table.insert(), [{"a": "x" * 400}] * 30)
for number in (1, 2, 2):
    with engine.connect() as connection:
        connection.execute(sa.select(table).where(table.c.id == number))
        connection.execute(sa.text("SELECT :x,\\n\\n 1"), {"x": None})
        connection.exec_driver_sql("SELECT count(*) FROM t")
"""
STYLES = {
    "echo": "echo",
    "basic": "%(levelname)s:%(name)s:%(message)s",
    "bracketed": "%(asctime)s [%(levelname)s] [%(name)s] %(message)s",
    "dashed": "%(asctime)s - %(name)s - %(levelname)s - %(message)s",
}


def of(workload: Workload) -> dict[str, tuple[int, set[str]]]:
    return {
        c.fingerprint: (c.calls, {repr(s.parameters) for s in c.parameter_sets if s.parameters})
        for c in workload.classes
        if not c.fingerprint.startswith("PRAGMA")
    }


@pytest.mark.parametrize("style", STYLES)
def test_sqlalchemys_log_tells_what_capture_sees(tmp_path: Path, style: str) -> None:
    capture = tmp_path / "capture.jsonl"
    command = (sys.executable, "-m", "asa", "capture", "-o", str(capture), "--")
    program = (sys.executable, "-c", PROGRAM, STYLES[style])
    done = subprocess.run([*command, *program], check=True, capture_output=True, text=True)
    log = tmp_path / "app.log"
    log.write_text(done.stdout + done.stderr)
    logged, seen = read_workload([str(log)], "sqlite"), read_workload([str(capture)])
    assert logged.sources[0].format == "sqlalchemy-echo"
    assert of(logged) == of(seen)
    assert all(c.total_ms is None for c in logged.classes)


def test_values_that_are_no_literals_are_unknown(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(
        "INFO sqlalchemy.engine.Engine BEGIN (implicit)\n"
        "INFO sqlalchemy.engine.Engine SELECT 1 WHERE $1\n"
        "INFO sqlalchemy.engine.Engine [generated in 0.1s] (datetime.date(2026, 1, 1),)\n"
        "INFO sqlalchemy.engine.Engine [raw sql] ()\n"
    )
    workload = read_workload([str(log)])
    (found,) = workload.classes
    assert (found.calls, found.parameter_sets) == (1, ())
    assert workload.sources[0].unreadable_count == 1
