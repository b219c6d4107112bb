"""Snapshots of SQLite, MySQL and MariaDB: what they hold, and that they advise as the database."""

import asyncio
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from tests.database.shop import MARK, make_shop
from tests.optimize.logs import record

from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.errors import ScratchError, UsageError
from asa.model.finding import Proved, Unproved
from asa.model.fix import AddIndex
from asa.model.judgement import Judgement
from asa.model.plan import Plan, PlanNode
from asa.model.row_snapshot import RowSnapshot, SavedRows
from asa.model.server import Server
from asa.model.snapshot import Definition
from asa.model.workload import Workload
from asa.optimize import optimize
from asa.optimize.hashing import LONGEST
from asa.optimize.size import grown_plan
from asa.optimize.snapshot import take_snapshot
from asa.optimize.snapshot_file import read_snapshot, write_snapshot
from asa.workload import digest

MORE = (
    "ALTER TABLE orders ADD label VARCHAR(40)",
    "UPDATE orders SET label = 'secret' WHERE id < 30",
    "CREATE INDEX ix_a ON orders (status)",
    "CREATE INDEX ix_b ON orders (status, id)",
    "CREATE VIEW recent AS SELECT * FROM orders WHERE placed > 2900",
)
QUERIES = (
    ("SELECT * FROM orders WHERE customer_id = {}", (7,)),
    ("SELECT * FROM orders WHERE status = {} ORDER BY customer_id LIMIT 5", ("s1",)),
    ("SELECT * FROM orders WHERE label = {}", ("secret",)),
    ("SELECT * FROM orders WHERE placed > {}", (2_990,)),
    ("SELECT * FROM customers WHERE email = {}", ("a@x.org",)),
    (
        "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.email = {}",
        ("a@x.org",),
    ),
    ("SELECT customer_id, count(*) FROM orders WHERE placed < {} GROUP BY customer_id", (9,)),
)


@pytest.fixture(params=["sqlite_url", "mysql_url"])
def url(request: pytest.FixtureRequest) -> str:
    """Return a database whose snapshot holds rows."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, str)
    return found


def workload(dialect: str) -> Workload:
    mark = MARK[dialect]
    return digest((record(sql.format(mark), values) for sql, values in QUERIES), dialect=dialect)


def taken(url: str, *more: str, values: bool = True) -> RowSnapshot:
    async def main() -> RowSnapshot:
        snapshot = await take_snapshot(await make_shop(url, *MORE, *more), values=values)
        assert isinstance(snapshot, RowSnapshot)
        return snapshot

    return asyncio.run(main())


def advice(judgement: Judgement, *, saved: str = "") -> list[tuple[object, ...]]:
    """Return the findings, without what names the day of a snapshot."""
    found: list[tuple[object, ...]] = []
    for one in judgement.findings:
        proof = one.proof
        if isinstance(proof, Proved):
            assert saved in proof.how
            proof = replace(proof, how=proof.how.replace(saved, ""))
        found.append((one.rule, one.subject, one.fix, proof))
    return found


@pytest.mark.parametrize("analyzed", [False, True])
def test_the_advice_is_that_of_the_live_database(tmp_path: Path, url: str, analyzed: bool) -> None:
    dialect = parse_url(url).dialect
    measure = {"sqlite": "ANALYZE", "mysql": "ANALYZE TABLE orders, customers"}[dialect]
    snapshot = taken(url, *([measure] if analyzed else []))
    assert bool(snapshot.statistics) == (analyzed and dialect == "sqlite")
    write_snapshot(snapshot, tmp_path / "prod.asa")
    log = workload(dialect)
    live = asyncio.run(optimize(log, parse_url(url))).judgement
    saved = asyncio.run(optimize(log, snapshot=read_snapshot(tmp_path / "prod.asa")))
    assert {"missing-index", "redundant-index"} <= {f.rule for f in live.findings}
    day = f", snapshot of {snapshot.taken[:10]}"
    assert advice(saved.judgement, saved=day) == advice(live)
    assert saved.judgement.not_planned == live.not_planned
    # Without counts of its use a live server says so; a snapshot just holds none.
    known = [one for one in live.not_judged if one.subject != "unused indexes"]
    assert list(saved.judgement.not_judged) == known
    assert saved.server == snapshot.server


def test_it_comes_back_as_it_went_and_is_private(tmp_path: Path, url: str) -> None:
    snapshot = taken(url)
    file = tmp_path / "prod.asa"
    write_snapshot(snapshot, file)
    assert read_snapshot(file) == snapshot
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    totals = {table.table: (table.total, len(table.rows)) for table in snapshot.tables}
    assert totals == {"customers": (0, 0), "orders": (3_000, 3_000)}


def test_hashes_keep_what_is_equal_and_nothing_of_the_text(url: str) -> None:
    orders = next(t for t in taken(url, values=False).tables if t.table == "orders")
    assert "secret" not in repr(orders)
    label, customer = orders.columns.index("label"), orders.columns.index("customer_id")
    texts = [row[label] for row in orders.rows]
    assert texts.count(None) == 3_000 - 29
    assert {len(text) for text in texts if isinstance(text, str)} == {6}
    assert len(set(texts)) == 2
    assert {row[customer] for row in orders.rows} == set(range(1, 101))


def test_a_snapshot_of_hashes_still_advises(url: str) -> None:
    snapshot = taken(url, values=False)
    log = workload(parse_url(url).dialect)
    found = asyncio.run(optimize(log, snapshot=snapshot)).judgement.findings
    subjects = {f.subject for f in found if f.rule == "missing-index"}
    assert any(one.startswith("orders (customer_id") for one in subjects), subjects
    if parse_url(url).dialect == "mysql":
        fixes = [(f.proof, f.fix) for f in found if isinstance(f.fix, AddIndex)]
        texts = {"status", "label"}
        for proof, fix in fixes:
            on_text = bool(texts & {key.name for key in fix.keys})
            assert isinstance(proof, Unproved) == on_text


def test_very_long_values_are_cut(sqlite_url: str) -> None:
    snapshot = taken(sqlite_url, "UPDATE orders SET label = printf('%5000s', id) WHERE id = 1")
    orders = next(t for t in snapshot.tables if t.table == "orders")
    assert max(len(text) for row in orders.rows if isinstance(text := row[-1], str)) == LONGEST


def test_a_table_may_be_judged_as_if_it_were_large(sqlite_url: str) -> None:
    snapshot = taken(sqlite_url, "DELETE FROM orders WHERE id > 12")
    log = workload("sqlite")
    small = asyncio.run(optimize(log, snapshot=snapshot)).judgement
    large = asyncio.run(optimize(log, snapshot=snapshot, rows={"Orders": 40_000_000})).judgement
    assert "missing-index" not in {f.rule for f in small.findings}
    assert any("12 rows" in silence.reason for silence in small.not_judged)
    assert "orders (customer_id, placed)" in {f.subject for f in large.findings}
    with pytest.raises(UsageError, match="--rows names order,"):
        asyncio.run(optimize(log, snapshot=snapshot, rows={"order": 9}))


def test_rows_that_are_not_there_need_another_snapshot(mysql_url: str) -> None:
    saved = taken(mysql_url)
    with pytest.raises(UsageError, match="those of --rows are not there"):
        asyncio.run(optimize(workload("mysql"), snapshot=saved, rows={"orders": 10**7}))


def test_a_table_that_may_not_be_read_is_left_out_with_the_reason(mysql_url: str) -> None:
    async def main() -> RowSnapshot:
        database = await make_shop(mysql_url)
        name = database.url.database
        async with connection_to(database, autocommit=True) as admin:
            await admin.exec_driver_sql("CREATE OR REPLACE USER reader@'%%' IDENTIFIED BY 'r'")
            await admin.exec_driver_sql(f"GRANT SELECT ON `{name}`.orders TO reader@'%%'")
            await admin.exec_driver_sql(f"GRANT INSERT ON `{name}`.customers TO reader@'%%'")
        reader = database.url.set(username="reader", password="r")
        try:
            snapshot = await take_snapshot(parse_url(reader.render_as_string(hide_password=False)))
        finally:
            async with connection_to(database, autocommit=True) as admin:
                await admin.exec_driver_sql("DROP USER reader@'%%'")
        assert isinstance(snapshot, RowSnapshot)
        return snapshot

    snapshot = asyncio.run(main())
    assert [table.table for table in snapshot.tables] == ["orders"]
    [reason] = snapshot.left_out
    assert "customers" in reason
    assert "this account may not SELECT" in reason


def test_a_strangers_snapshot_touches_no_other_file(tmp_path: Path) -> None:
    mark = tmp_path / "written.db"
    evil = (
        Definition("table", "a", f"ATTACH '{mark}' AS other"),
        Definition("table", "b", f"VACUUM INTO '{mark}'"),
        Definition("table", "t", "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT)"),
    )
    server = Server("sqlite", "SQLite", sqlite3.sqlite_version_info, sqlite3.sqlite_version)
    table = SavedRows("t", ("id", "v"), ("integer", "int"), 5_000, ((1, 2), (2, 3)))
    snapshot = RowSnapshot(server, "2026-11-20 14:03", evil, (table,))
    log = digest([record("SELECT * FROM t WHERE v = ?", (1,))], dialect="sqlite")
    found = asyncio.run(optimize(log, snapshot=snapshot)).judgement.findings
    assert [(f.rule, f.subject) for f in found] == [("missing-index", "t (v)")]
    assert not mark.exists()


def test_a_strangers_snapshot_leaves_its_database_on_mysql_too(
    tmp_path: Path, mysql_url: str
) -> None:
    mark = tmp_path / "written"
    tmp_path.chmod(0o777)
    snapshot = taken(mysql_url)
    evil = f"SELECT 1 INTO OUTFILE '{mark}'"
    first = snapshot.definitions[0]
    crafted = replace(
        snapshot,
        definitions=(
            replace(first, sql=f"{first.sql}; {evil}"),
            *snapshot.definitions[1:],
            Definition("view", "evil", evil),
        ),
        settings={**snapshot.settings, f"sql_mode = ''; {evil}; SET x": "1"},
    )
    found = asyncio.run(optimize(workload("mysql"), snapshot=crafted)).judgement.findings
    assert "orders (customer_id)" in {f.subject for f in found}
    assert not mark.exists()


def test_a_server_of_another_make_proves_nothing(mysql_url: str) -> None:
    snapshot = replace(taken(mysql_url), server=Server("mysql", "TiDB", (8, 1), "8.1"))
    with pytest.raises(ScratchError, match="nothing here plans on the snapshot: no twin of TiDB"):
        asyncio.run(optimize(workload("mysql"), snapshot=snapshot))


def test_plans_of_a_sample_are_told_in_rows_of_the_whole() -> None:
    inner = PlanNode("ref", table="orders", rows=10.0)
    plan = Plan((PlanNode("nested loop", rows=7.0, children=(inner,)),))
    grown = grown_plan(plan, {"Orders": 0.05})
    assert isinstance(grown, Plan)
    assert [node.rows for node in grown.walk()] == [7.0, 200.0]
    assert grown_plan(plan, {"orders": 1.0}) is plan
