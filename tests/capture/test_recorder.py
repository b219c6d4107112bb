"""What a capture tells of executions beyond the ORM's loads."""

import datetime as dt
import decimal
import uuid
from pathlib import Path

import pytest
from tests.capture.program import MODELS, capture

from asa.model.parameter import Withheld, bindable


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


CORE = (
    MODELS
    + """
import sys

async def plain_text(c):
    await c.execute(text("SELECT id FROM users WHERE name = :name"), {"name": "a"})

async def many(c):
    rows = [{"name": str(n), "bio": "x"} for n in range(3)]
    await c.execute(sa.insert(User), rows)

async def driver_sql(c):
    await c.exec_driver_sql("SELECT count(*) FROM users")

async def wrong(c):
    try:
        await c.execute(text("SELECT nonsense FROM users"))
    except sa.exc.DBAPIError:
        await c.rollback()

async def changed(c):
    await c.execute(sa.update(User).where(User.id <= 2).values(name="z"))

async def streamed(c):
    async with c.stream(select(User.__table__.c.id)) as result:
        async for row in result:
            pass

async def nested(c):
    await c.execute(text("SELECT 1"))
    async with c.begin_nested():
        await c.execute(text("SELECT 2"))
    await c.execute(text("SELECT 3"))
    await c.commit()
    await c.execute(text("SELECT 4"))

async def main(url):
    engine = await filled(url)
    for step in (plain_text, many, driver_sql, wrong, changed, streamed, nested):
        async with engine.connect() as c:
            await step(c)
    await engine.dispose()

asyncio.run(main(sys.argv[1]))
"""
)


def test_core_statements_on_each_database(database_url: str, here: Path) -> None:
    captured = capture(here, CORE, database_url)
    assert captured.result.exit_code == 0
    assert captured.result.troubles == ()
    (plain,) = captured.of("plain_text")
    assert plain.parameters in (("a",), {"name": "a"})
    assert plain.rows == 1
    assert plain.entity is None
    assert plain.scope.session is None
    assert plain.database
    assert captured.of("driver_sql")[0].sql == "SELECT count(*) FROM users"
    assert captured.of("changed")[0].rows == 2
    (failed,) = captured.of("wrong")
    assert failed.error in ("OperationalError", "ProgrammingError")
    assert len(captured.of("streamed")) == 1
    inserted = captured.of("many")
    assert sum(query.executions for query in inserted) in (1, 3)
    assert all(bindable(query.parameters) for query in captured.queries)


def test_a_transaction_is_one_scope_savepoints_included(sqlite_url: str, here: Path) -> None:
    captured = capture(here, CORE, sqlite_url)
    numbers = {
        query.sql: query.scope.transaction
        for query in captured.of("nested")
        if query.sql.startswith("SELECT")
    }
    assert numbers["SELECT 1"] == numbers["SELECT 2"] == numbers["SELECT 3"]
    assert numbers["SELECT 4"] != numbers["SELECT 1"]


FLUSH = (
    MODELS
    + """
import sys
def sync_work(url):
    engine = sa.create_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(name="first"))
        session.flush()
        session.execute(sa.insert(User), [{"name": n} for n in "abc"])
        session.scalars(sa.insert(User).returning(User), [{"name": n} for n in "de"]).all()
        session.commit()
sync_work(sys.argv[1])
"""
)


def test_flushes_bulk_and_returning_belong_to_the_line_and_the_session(here: Path) -> None:
    captured = capture(here, FLUSH, "sqlite:///own.db")
    inserts = [query for query in captured.queries if query.sql.startswith("INSERT")]
    assert [query.call_site and query.call_site.function for query in inserts] == ["sync_work"] * 3
    flushed, bulk, returning = inserts
    assert len({query.scope.session for query in inserts}) == 1
    assert flushed.call_site is not None
    assert flushed.call_site.text == "session.flush()"
    assert (bulk.executions, bulk.parameters) == (3, ("a", "x"))
    # One statement of two rows, or where SQLite knows no RETURNING yet, one of each.
    assert (returning.executions, returning.parameters) in (
        (1, ("d", "x", "e", "x")),
        (2, ("d", "x")),
    )
    assert flushed.database == "own.db"


TYPES = """
import datetime as dt, decimal, enum, uuid, os, sys
import sqlalchemy as sa

class Colour(enum.Enum):
    RED = "red"

class Noisy:
    def __repr__(self):
        raise SystemExit("repr was called")

# The driver refuses some of these; they are recorded all the same.
VALUES = [
    None, True, 7, 2**70, 1.5, float("inf"), "tex\\u00fc\\ud800", b"\\x00\\xff",
    dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc), dt.date(2026, 1, 2), dt.time(3, 4),
    dt.timedelta(days=-1, microseconds=5), decimal.Decimal("1.10"), uuid.UUID(int=5), [1, [2]],
    (1, 2), {"a": dt.date(2026, 1, 2)}, Colour.RED, "x" * 100_000, Noisy(),
]
with sa.create_engine("sqlite://").connect() as connection:
    for value in VALUES:
        try:
            connection.exec_driver_sql("SELECT ?", (value,))
        except Exception:
            pass
"""


def test_values_keep_their_types(here: Path) -> None:
    captured = capture(here, TYPES)
    assert captured.result.exit_code == 0
    values = [q.parameters[0] for q in captured.queries if isinstance(q.parameters, tuple)]
    assert values[:18] == [
        None,
        True,
        7,
        2**70,
        1.5,
        float("inf"),
        "texü\ud800",
        b"\x00\xff",
        dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc),
        dt.date(2026, 1, 2),
        dt.time(3, 4),
        dt.timedelta(days=-1, microseconds=5),
        decimal.Decimal("1.10"),
        uuid.UUID(int=5),
        [1, [2]],
        (1, 2),
        {"a": dt.date(2026, 1, 2)},
        "red",
    ]
    long, noisy = values[18:]
    assert isinstance(long, Withheld)
    assert noisy == Withheld("Noisy")


SECRETS = """
import sqlalchemy as sa
with sa.create_engine("sqlite://").connect() as connection:
    for name in ("hunter2", "hunter2", "letmein", None):
        connection.execute(sa.text("SELECT :name, 'topsecret', 4711 -- aside"), {"name": name})
"""


def test_without_values_only_same_and_different_are_kept(here: Path) -> None:
    captured = capture(here, SECRETS, values=False)
    kept = (here / "capture.jsonl").read_text()
    queries = [line for line in kept.splitlines() if '"kind":"query"' in line]
    for line in queries:
        recorded = line.replace('"text":' + line.partition('"text":')[2].partition("}")[0], "")
        assert not any(secret in recorded for secret in ("hunter2", "letmein", "topsecret", "4711"))
    first, second, third, fourth = (query.parameters for query in captured.queries)
    assert first == second != third
    assert fourth == (None,)
    assert not bindable(first)
    again = capture(here, SECRETS, values=False)
    assert again.queries[0].parameters != first, "the key is a new one for each capture"


INSTALLED = """
import sys
sys.path.insert(0, "site-packages")
import shop
shop.ask()
exec(compile("shop.ask()", "<string>", "exec"))
"""


def test_the_users_line_is_found_behind_libraries(here: Path) -> None:
    library = here / "site-packages"
    library.mkdir()
    (library / "shop.py").write_text(
        "import sqlalchemy as sa\n"
        "def ask():\n"
        "    with sa.create_engine('sqlite://').connect() as c:\n"
        "        c.execute(sa.text('SELECT 1'))\n"
    )
    sites = [str(query.call_site) for query in capture(here, INSTALLED).queries]
    assert sites == ["program.py:5", "<string>:1"]
    (here / "src" / "shop").mkdir(parents=True)
    sites = [str(query.call_site) for query in capture(here, INSTALLED).queries]
    assert sites == ["site-packages/shop.py:4"] * 2, "an installed project is still the user's"


def test_a_query_of_a_task_without_user_frames_shows_no_line(here: Path) -> None:
    captured = capture(
        here,
        MODELS
        + """
async def main():
    engine = create_async_engine("sqlite+aiosqlite:///own.db")
    async with engine.connect() as c:
        await asyncio.gather(c.execute(text("SELECT 1")))
    await engine.dispose()
asyncio.run(main())
""",
    )
    assert [query.call_site for query in captured.queries] == [None]


SUITE = """
import sqlalchemy as sa

def test_one():
    with sa.create_engine("sqlite://").connect() as c:
        assert c.scalar(sa.text("SELECT 1")) == 1

def test_two():
    assert False
"""


def test_a_test_suite_is_recorded_with_the_names_of_its_tests(here: Path) -> None:
    (here / "test_shop.py").write_text(SUITE)
    captured = capture(
        here,
        "import pytest, sys; sys.exit(pytest.main(['-p', 'no:cacheprovider', 'test_shop.py']))",
    )
    assert captured.result.exit_code == 1
    (query,) = captured.queries
    assert query.scope.label == "test_shop.py::test_one (call)"
    assert str(query.call_site) == "test_shop.py:6"
