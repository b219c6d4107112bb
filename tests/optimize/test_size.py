"""`--rows`: tables planned as large as the user says."""

import asyncio

import pytest
from tests.database.shop import MARK, make_shop
from tests.optimize.logs import record

from asa.errors import UsageError
from asa.model.finding import Proved, Unproved
from asa.model.fix import AddIndex
from asa.model.judgement import Judgement
from asa.model.quantity import quantity
from asa.optimize import optimize
from asa.workload import digest

NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, author INTEGER, body VARCHAR(200))"
FEW = "INSERT INTO notes (id, author, body) VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')"


def judged(url: str, rows: dict[str, int], *more: str) -> Judgement:
    """Judge a look-up in a table of three notes."""

    async def main() -> Judgement:
        database = await make_shop(url, NOTES, FEW, *more)
        mark = MARK[database.dialect]
        sql = f"SELECT * FROM notes WHERE author = {mark}"
        log = [record(sql, (1,), session=str(n)) for n in range(9)]
        return (
            await optimize(digest(log, dialect=database.dialect), database, rows=rows)
        ).judgement

    return asyncio.run(main())


@pytest.mark.parametrize("url", ["sqlite_url", "postgresql_url"])
def test_a_small_table_is_not_judged(url: str, request: pytest.FixtureRequest) -> None:
    text = request.getfixturevalue(url)
    more = ("ANALYZE",) if url == "postgresql_url" else ()
    silent = judged(text, {}, *more)
    assert not silent.findings
    assert [(s.subject, s.reason) for s in silent.not_judged] == [("notes", "has 3 rows here")]


@pytest.mark.parametrize("url", ["sqlite_url", "postgresql_url"])
def test_with_rows_it_is_judged(url: str, request: pytest.FixtureRequest) -> None:
    more = ("ANALYZE",)
    (found,) = judged(request.getfixturevalue(url), {"notes": 40_000_000}, *more).findings
    assert isinstance(found.fix, AddIndex)
    assert found.fix.subject == "notes (author)"
    assert found.summary == "40.0M rows"
    assert isinstance(found.proof, Proved)


def test_where_the_planner_looks_at_rows_that_is_said(mysql_url: str) -> None:
    (found,) = judged(mysql_url, {"notes": 40_000_000}).findings
    assert isinstance(found.proof, Unproved)
    assert "those of --rows are not there" in found.proof.reason


def test_a_table_that_is_not_there_names_the_nearest(sqlite_url: str) -> None:
    with pytest.raises(UsageError) as caught:
        judged(sqlite_url, {"note": 5})
    assert caught.value.hint == "did you mean notes?"


def test_the_partitions_of_a_table_share_its_rows(postgresql_url: str) -> None:
    parts = (
        "CREATE TABLE events (at int, user_id int) PARTITION BY RANGE (at)",
        "CREATE TABLE events_a PARTITION OF events FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE events_b PARTITION OF events FOR VALUES FROM (10) TO (20)",
        "INSERT INTO events SELECT i % 20, i FROM generate_series(1, 40) i",
        "ANALYZE",
    )

    async def main() -> Judgement:
        database = await make_shop(postgresql_url, *parts)
        sql = "SELECT * FROM events WHERE user_id = $1"
        log = [record(sql, (1,), session=str(n)) for n in range(9)]
        rows = {"events": 10_000_000}
        return (await optimize(digest(log, dialect="postgresql"), database, rows=rows)).judgement

    (found,) = asyncio.run(main()).findings
    assert isinstance(found.proof, Proved)
    assert found.fix is not None
    assert found.fix.text == 'Index("ix_events_user_id", "user_id")'


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("40M", 40_000_000),
        ("1.5k", 1_500),
        ("500MB", 500_000_000),
        ("2 GiB", 2 * 1024**3),
        ("1_000", 1_000),
        ("many", None),
        ("", None),
        ("-5", None),
        ("5X", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: int | None) -> None:
    assert quantity(text) == number


def test_the_url_is_needed_for_a_schema() -> None:
    with pytest.raises(UsageError, match="--rows needs the schema"):
        asyncio.run(optimize(digest([]), rows={"orders": 5}))
