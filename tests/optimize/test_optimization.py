import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.database.shop import MARK, make_shop, rows_left
from tests.optimize.logs import lazy, record

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl, parse_url
from asa.errors import DatabaseError
from asa.model.event import Event, Stage
from asa.model.finding import Finding, Proved, Severity
from asa.model.fix import AddIndex, DropIndex
from asa.model.judgement import Judgement
from asa.model.record import QueryRecord
from asa.optimize import optimize
from asa.workload import digest, read_workload


def judged(
    url: str, *records: QueryRecord, more: tuple[str, ...] = (), show_values: bool = False
) -> Judgement:
    """Make a shop and judge records on it; the shop must come out as it went in."""

    async def main() -> Judgement:
        database = await make_shop(url, *more)
        before = await rows_left(database)
        workload = digest(records, dialect=database.dialect)
        result = await optimize(workload, database, show_values=show_values)
        assert await rows_left(database) == before
        return result.judgement

    return asyncio.run(main())


def by_customer(url: str) -> QueryRecord:
    mark = MARK[parse_url(url).dialect]
    return record(f"SELECT * FROM orders WHERE customer_id = {mark}", (7,), rows=30)


def only(judgement: Judgement, rule: str) -> Finding:
    (found,) = [f for f in judgement.findings if f.rule == rule]
    return found


def test_a_missing_index_is_found_on_every_database(database_url: str) -> None:
    judgement = judged(database_url, *[by_customer(database_url)] * 5)
    found = only(judgement, "missing-index")
    assert isinstance(found.fix, AddIndex)
    assert found.fix.columns == ("customer_id",)
    assert ("seen", "5 calls, 10 ms in all, app/api.py:38") in found.evidence
    assert judgement.judged == ("1 query class", "1 planned", "2 tables")


def test_on_sqlite_the_index_is_proved_from_scan_to_search(sqlite_url: str) -> None:
    found = only(judged(sqlite_url, by_customer(sqlite_url)), "missing-index")
    assert found.proof == Proved(
        "SQLite twin",
        ("SCAN orders (gone)",),
        ("SEARCH orders USING INDEX ix_orders_customer_id (customer_id=?) (new)",),
    )
    assert found.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("url", "how", "before", "after"),
    [
        (
            "postgresql_url",
            r"twin \(PostgreSQL 18.*, statistics of \d{4}-\d\d-\d\d\)",
            "Seq",
            "Bitmap",
        ),
        (
            "mysql_url",
            r"twin \((MariaDB|MySQL) [\d.]+\), all rows copied",
            "ALL",
            "ref using ix_orders",
        ),
    ],
    ids=["postgresql", "mysql"],
)
def test_elsewhere_it_is_proved_by_cost(
    url: str, how: str, before: str, after: str, request: pytest.FixtureRequest
) -> None:
    text = request.getfixturevalue(url)
    found = only(judged(text, by_customer(text)), "missing-index")
    assert isinstance(found.proof, Proved)
    assert re.fullmatch(how + r": cost [\d,.]+ to [\d,.]+", found.proof.how)
    assert before in found.proof.before[0]
    assert after in found.proof.after[0]
    assert found.severity is Severity.ERROR


def test_with_the_index_there_nothing_is_found(database_url: str) -> None:
    index = "CREATE INDEX ix ON orders (customer_id)"
    judgement = judged(database_url, by_customer(database_url), more=(index,))
    assert not judgement.findings
    assert not judgement.not_planned


def test_the_ddl_proposed_silences_the_finding(database_url: str) -> None:
    found = only(judged(database_url, by_customer(database_url)), "missing-index")
    assert isinstance(found.fix, AddIndex)
    # A new index is not built CONCURRENTLY inside the transaction that this test uses.
    ddl = found.fix.ddl.replace(" CONCURRENTLY", "")

    async def main() -> Judgement:
        database = parse_url(database_url)
        async with connection_to(database) as connection:
            await connection.exec_driver_sql(ddl)
            await connection.commit()
        workload = digest([by_customer(database_url)], dialect=database.dialect)
        return (await optimize(workload, database)).judgement

    assert not asyncio.run(main()).findings


def test_an_index_that_narrows_little_is_refuted_with_its_reason(sqlite_url: str) -> None:
    judgement = judged(sqlite_url, record("SELECT * FROM orders WHERE status = ?", ("s1",)))
    assert not judgement.findings
    (refuted,) = judgement.refuted
    assert refuted.subject == "orders (status)"
    assert "one value leaves 33% of the rows" in str(refuted.proof)


def test_it_stands_where_it_saves_the_sort_of_a_page(sqlite_url: str) -> None:
    page = "SELECT * FROM orders WHERE status = ? ORDER BY customer_id LIMIT 5"
    found = only(judged(sqlite_url, record(page, ("s1",))), "missing-index")
    assert isinstance(found.fix, AddIndex)
    assert found.fix.columns == ("status", "customer_id")
    assert isinstance(found.proof, Proved)


def test_a_common_value_is_refuted_by_postgresql_statistics(postgresql_url: str) -> None:
    sql = "SELECT * FROM orders WHERE status = $1::VARCHAR"
    judgement = judged(postgresql_url, record(sql, ("s1",)), more=("ANALYZE orders",))
    assert not judgement.findings
    assert "the planner expects 33% of its rows" in str(judgement.refuted[0].proof)


def test_a_redundant_index_is_found_on_every_database(database_url: str) -> None:
    more = ("CREATE INDEX ix_short ON orders (status)", "CREATE INDEX ix_l ON orders (status, id)")
    found = only(judged(database_url, by_customer(database_url), more=more), "redundant-index")
    assert isinstance(found.fix, DropIndex)
    assert found.fix.name == "ix_short"


def test_dropping_it_is_proved_over_the_workload(database_url: str) -> None:
    mark = MARK[parse_url(database_url).dialect]
    more = ("CREATE INDEX ix_a ON orders (status)", "CREATE INDEX ix_b ON orders (status, id)")
    log = (
        by_customer(database_url),
        record(f"SELECT id FROM orders WHERE status = {mark}", ("s",)),
    )
    found = only(judged(database_url, *log, more=more), "redundant-index")
    assert isinstance(found.proof, Proved)
    assert found.proof.how.endswith(": 2 query classes planned without it, none loses")
    assert found.severity is Severity.WARNING


PARTITIONED = (
    "CREATE TABLE events (id bigserial, at date NOT NULL, user_id int) PARTITION BY RANGE (at)",
    "CREATE TABLE events_a PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
    "CREATE TABLE events_b PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    """
    INSERT INTO events (at, user_id)
    SELECT date '2024-01-01' + i % 700, i % 3000 FROM generate_series(1, 20000) i
    """,
    "ANALYZE",
)


def test_a_partitioned_table_gets_one_index_that_can_be_made(postgresql_url: str) -> None:
    log = record("SELECT * FROM events WHERE user_id = $1", (7,))
    found = only(judged(postgresql_url, log, more=PARTITIONED), "missing-index")
    assert isinstance(found.proof, Proved)
    assert isinstance(found.fix, AddIndex)
    ddl = found.fix.ddl

    async def main() -> None:
        async with connection_to(parse_url(postgresql_url), autocommit=True) as connection:
            await connection.exec_driver_sql(ddl)

    asyncio.run(main())


def test_an_index_for_the_order_of_a_page_is_proved_by_cost(postgresql_url: str) -> None:
    log = record("SELECT * FROM orders ORDER BY customer_id DESC LIMIT 5")
    found = only(judged(postgresql_url, log, more=("ANALYZE",)), "missing-index")
    assert found.subject == "orders (customer_id)"
    assert isinstance(found.proof, Proved)


def test_a_range_that_leaves_most_rows_is_refuted_by_cost(postgresql_url: str) -> None:
    log = record("SELECT * FROM orders WHERE customer_id > $1", (5,))
    judgement = judged(postgresql_url, log, more=("ANALYZE",))
    assert not judgement.findings
    assert str(judgement.refuted[0].proof) == "Refuted(reason='the planner would not use it')"


def test_an_index_that_writes_pay_more_for_is_refuted(postgresql_url: str) -> None:
    insert = record("INSERT INTO orders (customer_id) VALUES ($1)", (5,))
    judgement = judged(postgresql_url, by_customer(postgresql_url), *[insert] * 50)
    assert not judgement.findings
    assert "50 writes of the log pay more" in str(judgement.refuted[0].proof)


def test_a_query_that_gains_nothing_does_not_spoil_the_index_of_another(
    postgresql_url: str,
) -> None:
    common = record("SELECT * FROM orders WHERE status = $1::text", ("s1",))
    rare = record(
        "SELECT * FROM orders WHERE status = $1::text AND customer_id = $2::int", ("s1", 5)
    )
    judgement = judged(postgresql_url, *[common] * 5, rare, more=("ANALYZE",))
    found = only(judgement, "missing-index")
    assert found.subject == "orders (customer_id)"
    assert "customer_id" in dict(found.evidence)["query"]
    assert 0 < found.weight <= 2
    assert [f.subject for f in judgement.refuted] == ["orders (status)"]


def test_the_query_shown_is_one_that_the_index_helps(postgresql_url: str) -> None:
    """Of two classes for one index, the heavier one is not helped by it."""
    wide = record("SELECT * FROM orders WHERE customer_id > $1::int", (3,))
    narrow = record("SELECT * FROM orders WHERE customer_id = $1::int", (5,))
    judgement = judged(postgresql_url, *[wide] * 5, narrow, more=("ANALYZE",))
    found = only(judgement, "missing-index")
    assert "customer_id =" in dict(found.evidence)["query"]
    assert "also" not in dict(found.evidence)
    assert len(found.fingerprints) == 1
    assert 0 < found.weight <= 2


def test_a_small_table_is_not_judged_and_said_so(sqlite_url: str) -> None:
    judgement = judged(
        sqlite_url,
        record("SELECT * FROM notes WHERE author = ?", (1,)),
        more=("CREATE TABLE notes (id INTEGER PRIMARY KEY, author INTEGER)",),
    )
    assert not judgement.findings
    assert [(s.subject, s.reason) for s in judgement.not_judged] == [("notes", "has 0 rows here")]


def test_an_n_plus_one_and_its_index_are_both_found(database_url: str) -> None:
    mark = MARK[parse_url(database_url).dialect]
    sql = f"SELECT id FROM orders WHERE customer_id = {mark}"
    judgement = judged(database_url, *(lazy(sql, n, ("Customer.orders",)) for n in range(20)))
    assert {f.rule for f in judgement.findings} == {"n-plus-one", "missing-index"}
    assert only(judgement, "n-plus-one").subject == "Customer.orders"


def test_what_is_not_planned_is_listed_with_its_reason(database_url: str) -> None:
    dialect = parse_url(database_url).dialect
    other = next(d for d in MARK if d != dialect)
    judgement = judged(
        database_url,
        record("SELECT * FROM nowhere"),
        record("SELECT * FROM orders WHERE id = 1", dialect=other),
        record("BEGIN"),
        record("INSERT INTO orders (customer_id) VALUES (1)"),
    )
    reasons = {s.subject: s.reason for s in judgement.not_planned}
    assert len(reasons) == 2, "BEGIN and a plain INSERT have no plan by nature"
    assert "nowhere" in reasons["SELECT * FROM nowhere"]
    assert f"recorded on {other}" in reasons["SELECT * FROM orders WHERE id = ?"]


def test_a_statement_cut_off_in_the_log_is_not_planned(sqlite_url: str) -> None:
    async def main() -> Judgement:
        database = await make_shop(sqlite_url)
        whole = digest([by_customer(sqlite_url)], dialect="sqlite")
        cut = replace(whole, classes=(replace(whole.classes[0], truncated=True),))
        return (await optimize(cut, database)).judgement

    (silence,) = asyncio.run(main()).not_planned
    assert silence.reason == "cut off in the log"


def test_without_a_database_the_n_plus_one_is_still_found() -> None:
    sql = "SELECT id FROM orders WHERE customer_id = ?"
    log = [lazy(sql, n, ("Customer.orders",)) for n in range(20)]
    result = asyncio.run(optimize(digest(log, dialect="sqlite")))
    assert [f.rule for f in result.judgement.findings] == ["n-plus-one"]
    assert [s.reason for s in result.judgement.not_planned] == ["no database is named, give --url"]
    assert result.server is None


def test_values_are_shown_only_when_asked_for(sqlite_url: str) -> None:
    log = (
        record("SELECT * FROM orders WHERE customer_id = ?", ("swordfish",)),
        record("SELECT * FROM orders WHERE customer_id = 'swordfish' AND status = 'swordfish'"),
    )
    assert "swordfish" not in repr(judged(sqlite_url, *log))


def test_values_asked_for_are_shown(sqlite_url: str) -> None:
    log = record("SELECT * FROM orders WHERE customer_id = ?", (4711,))
    found = only(judged(sqlite_url, log, show_values=True), "missing-index")
    assert ("values", "$1 = 4711") in found.evidence


def test_findings_come_by_time_saved(sqlite_url: str) -> None:
    rare = record("SELECT * FROM orders WHERE customer_id = ?", (7,))
    sql = "SELECT * FROM items WHERE order_id = ?"
    often = [record(sql, (7,), session=str(n)) for n in range(9)]
    items = (
        "CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER)",
        "INSERT INTO items (order_id) SELECT id FROM orders",
    )
    judgement = judged(sqlite_url, rare, *often, more=items)
    assert [f.subject for f in judgement.findings] == ["items (order_id)", "orders (customer_id)"]
    assert [round(f.weight) for f in judgement.findings] == [18, 2]


def test_progress_counts_every_class_planned(sqlite_url: str) -> None:
    events: list[Event] = []

    async def main() -> None:
        database = await make_shop(sqlite_url)
        log = [record(f"SELECT {'id, ' * n} id FROM orders") for n in range(7)]
        await optimize(digest(log, dialect="sqlite"), database, jobs=3, notify=events.append)

    asyncio.run(main())
    assert [e.done for e in events if e.stage is Stage.ADVANCED] == [1, 2, 3, 4, 5, 6, 7]
    assert {e.total for e in events} == {7}


def test_planning_ends_at_its_limit_and_says_so(database_url: str) -> None:
    async def main() -> Judgement:
        database = await make_shop(database_url)
        log = [record(f"SELECT {'id, ' * n} id FROM orders") for n in range(7)]
        workload = digest(log, dialect=database.dialect)
        return (await optimize(workload, database, jobs=1, limit_s=1e-9)).judgement

    judgement = asyncio.run(main())
    assert judgement.judged[:2] == ("7 query classes", "1 planned")
    assert len(judgement.not_planned) == 6
    assert "--planning-limit gives more" in judgement.not_planned[0].reason


def test_the_file_is_not_touched(sqlite_url: str) -> None:
    async def main() -> DatabaseUrl:
        return await make_shop(sqlite_url, "CREATE INDEX ix_a ON orders (placed)")

    database = asyncio.run(main())
    file = Path(str(database.url.database))
    before = file.read_bytes()
    log = [by_customer(sqlite_url), record("DELETE FROM orders"), record("DROP TABLE orders")]
    asyncio.run(optimize(digest(log, dialect="sqlite"), database))
    assert file.read_bytes() == before


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "shop.db"
    with pytest.raises(DatabaseError, match="does not exist"):
        asyncio.run(optimize(digest([]), parse_url(f"sqlite:///{missing}")))
    assert not missing.exists()


READER = {
    "postgresql": (
        "CREATE ROLE {name} LOGIN PASSWORD 'swordfish'",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}",
    ),
    "mysql": (
        "CREATE USER '{name}'@'%%' IDENTIFIED BY 'swordfish'",
        "GRANT SELECT ON {database}.* TO '{name}'@'%%'",
    ),
}
GONE = {
    "postgresql": ("DROP OWNED BY {name}", "DROP ROLE {name}"),
    "mysql": ("DROP USER '{name}'@'%%'",),
}


@pytest.mark.parametrize("url", ["postgresql_url", "mysql_url"])
def test_an_account_that_may_only_read_is_enough(url: str, request: pytest.FixtureRequest) -> None:
    text = request.getfixturevalue(url)
    database = parse_url(text)
    names = {"name": f"r_{str(database.url.database)[-12:]}", "database": database.url.database}

    async def main() -> Judgement:
        made = [statement.format(**names) for statement in READER[database.dialect]]
        await make_shop(text, *made)
        account = database.url.set(username=names["name"], password="swordfish")
        reader = replace(database, url=account)
        workload = digest([by_customer(text)], dialect=database.dialect)
        try:
            return (await optimize(workload, reader)).judgement
        finally:
            async with connection_to(database) as connection:
                for statement in GONE[database.dialect]:
                    await connection.exec_driver_sql(statement.format(**names))
                await connection.commit()

    assert [f.rule for f in asyncio.run(main()).findings] == ["missing-index"]


def test_a_plan_that_the_log_tells_stands_where_nothing_plans(tmp_path: Path) -> None:
    entry = "2026-11-22 10:00:00.250 UTC [1] LOG:  duration: 2 ms  "
    log = tmp_path / "pg.log"
    log.write_text(
        f"{entry}plan:\n\tQuery Text: SELECT a FROM t\n"
        "\tSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)\n"
        f"{entry}statement: SELECT b FROM t\n"
    )
    result = asyncio.run(optimize(read_workload([str(log)])))
    (silence,) = result.judgement.not_planned
    assert "SELECT b" in silence.subject


def test_a_table_joined_by_its_key_alone_is_offered_no_index_without_keys(
    postgresql_url: str,
) -> None:
    sql = (
        "SELECT c.email FROM customers c JOIN orders o ON o.customer_id = c.id"
        " WHERE o.status = $1::text"
    )
    grown = (
        "INSERT INTO customers (email) SELECT 'c' || i FROM generate_series(1, 20000) i",
        "ANALYZE",
    )
    judgement = judged(postgresql_url, record(sql, ("s1",)), more=grown)
    assert judgement.judged[1] == "1 planned"
