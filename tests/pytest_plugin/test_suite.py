"""`pytest --asa`: runs of suites of their own, each in a process as a user starts it."""

import json
import os
import subprocess
import sys
import textwrap
from importlib.metadata import entry_points
from pathlib import Path

import pytest

PLUGIN = [] if entry_points(group="pytest11", name="asa") else ["-p", "asa.pytest_plugin"]

SHOP = """
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

class Base(AsyncAttrs, DeclarativeBase):
    pass

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship(order_by="Post.id")

class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))

async def titles(session):
    found = []
    for user in await session.scalars(sa.select(User)):
        for post in await user.awaitable_attrs.posts:
            found.append(post.id)
    return found

async def filled():
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        session.add_all([User(posts=[Post()]) for _ in range(4)])
        await session.commit()
    return engine
"""

CONFTEST = """
import pytest
from shop import AsyncSession, filled, titles

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.fixture
async def session(anyio_backend):
    engine = await filled()
    async with AsyncSession(engine) as session:
        await titles(session)
        session.expunge_all()
        yield session
        await titles(session)
    await engine.dispose()
"""

SUITE = """
import pytest
import sqlalchemy as sa
from shop import AsyncSession, Post, User, filled, titles

pytestmark = pytest.mark.anyio

async def test_loop(session):
    assert len(await titles(session)) == 4

async def test_fixture(session, asa_capture):
    await session.scalars(sa.select(Post))
    assert asa_capture.count == len(asa_capture.queries) == 1
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    return tmp_path


def run(here: Path, suite: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a suite in a process of its own."""
    (here / "test_shop.py").write_text(textwrap.dedent(suite))
    command = [sys.executable, "-m", "pytest", *PLUGIN, "-p", "no:cacheprovider", "-q"]
    environ = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    return subprocess.run(
        [*command, *arguments], cwd=here, capture_output=True, text=True, env=environ, check=False
    )


FINDING = """\
n-plus-one  User.posts
    in      test_shop.py::test_loop, 5 queries
    load    shop.py:21   for user in await session.scalars(sa.select(User)):
    touch   shop.py:22   for post in await user.awaitable_attrs.posts:, 4 times
    queries 5 -> 2 predicted
    lock    lazy="raise" on User.posts: an error, not a query
    fix     .options(selectinload(User.posts))   at shop.py:21
1 finding in 6 queries of 2 tests (and """


@pytest.mark.parametrize("spread", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_findings_name_both_lines_and_fixtures_are_not_judged(
    here: Path, spread: tuple[str, ...]
) -> None:
    done = run(here, SUITE, "--asa", *spread)
    assert "2 passed" in done.stdout
    assert FINDING in done.stdout
    assert done.returncode == 1, "a finding is an error"


def test_without_asa_nothing_is_loaded_recorded_or_failed(here: Path) -> None:
    suite = """
        import sys
        import pytest

        def test_first():
            own = [name for name in sys.modules if name.startswith("asa.")]
            assert own == ["asa.pytest_plugin"]
            assert "sqlalchemy" not in sys.modules

        @pytest.mark.asa(max_queries=0)
        @pytest.mark.asa_ignore("n-plus-one", reason="none")
        def test_marked(asa_capture):
            import sqlalchemy as sa
            with sa.create_engine("sqlite://").connect() as connection:
                connection.execute(sa.text("SELECT 1"))
            assert asa_capture.count == 1
        """
    (here / "conftest.py").unlink()
    done = run(here, suite, "--strict-markers")
    assert done.returncode == 0, done.stdout
    assert "= asa =" not in done.stdout


def test_a_budget_fails_its_test_and_names_the_lines(here: Path) -> None:
    suite = SUITE.replace(
        "async def test_loop", "@pytest.mark.asa(max_queries=4)\nasync def test_loop"
    )
    done = run(here, suite, "--asa", "--asa-fail-on", "never")
    assert "5 queries, 4 allowed" in done.stdout
    assert "4 from shop.py:22" in done.stdout
    assert "1 failed, 1 passed" in done.stdout
    done = run(here, suite.replace("=4", "=5"), "--asa", "--asa-fail-on", "never")
    assert done.returncode == 0
    assert "1 finding" in done.stdout


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('asa_ignore("n-plus-one", reason="few")', "nothing found in 6 queries of 2 tests"),
        ('asa_ignore("n-plus-one", reason="few", until="2001-01-01")', "past its day"),
        ('asa_ignore("n-plus-one")', "why it is right here"),
        ('asa_ignore("n-plus-on", reason="few")', 'did you mean "n-plus-one"?'),
        ('asa_ignore("n-plus-one", reason="few", until="soon")', "is no day"),
        ("asa(max=3)", "takes max_queries=5 and max_ms=50"),
    ],
)
def test_a_mark_is_obeyed_or_refused(here: Path, mark: str, said: str) -> None:
    suite = SUITE.replace("async def test_loop", f"@pytest.mark.{mark}\nasync def test_loop")
    done = run(here, suite, "--asa")
    assert said in done.stdout + done.stderr
    assert (done.returncode == 0) == said.startswith("nothing found")


FAILING = """
    import pytest
    import sqlalchemy as sa
    from shop import AsyncSession, User, filled

    pytestmark = pytest.mark.anyio

    async def test_detached():
        engine = await filled()
        async with AsyncSession(engine) as session:
            users = (await session.scalars(sa.select(User))).all()
        assert users[0].posts

    async def test_greenlet():
        engine = await filled()
        async with AsyncSession(engine) as session:
            users = (await session.scalars(sa.select(User))).all()
            assert users[0].posts
    """


def test_attributes_touched_unloaded_are_findings_with_the_line_that_loaded(here: Path) -> None:
    done = run(here, FAILING, "--asa", "--tb=no")
    for test, load, touch in (
        ("test_detached, DetachedInstanceError", 11, 12),
        ("test_greenlet, MissingGreenlet", 17, 18),
    ):
        assert (
            f"    in      test_shop.py::{test}\n"
            f"    load    test_shop.py:{load}   users = (await session.scalars(sa.select(User)...\n"
            f"    touch   test_shop.py:{touch}   assert users[0].posts\n"
            f"    fix     .options(selectinload(User.posts))   at test_shop.py:{load}\n"
        ) in done.stdout


def test_the_capture_is_kept_where_it_is_asked_for(here: Path) -> None:
    run(here, SUITE, "--asa", "--asa-output", "kept.jsonl", "--asa-no-values")
    file = here / "kept.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert file.stat().st_mode & 0o777 == 0o600
    assert not lines[0]["values"]
    assert {line["scope"]["label"] for line in lines if line["kind"] == "query"} == {
        "test_shop.py::test_loop",
        "test_shop.py::test_fixture",
    }
    again = run(here, SUITE, "--asa", "--asa-output", "kept.jsonl")
    assert again.returncode == pytest.ExitCode.USAGE_ERROR
    assert "the file exists" in again.stderr
