"""What a capture tells of the ORM's loads, the same on all three databases."""

from pathlib import Path

import pytest
from tests.capture.program import MODELS, Captured, capture

from asa.model.observation import UnloadedAttribute

PROGRAM = (
    MODELS
    + """
import sys

async def lazy_nested(s):
    for user in await s.scalars(select(User).limit(1)):
        for post in await user.awaitable_attrs.posts:
            await post.awaitable_attrs.comments

async def lazy_to_one(s):
    posts = (await s.scalars(select(Post).limit(1))).all()
    await posts[0].awaitable_attrs.user

async def in_run_sync(s):
    users = (await s.scalars(select(User))).all()
    def touch(session):
        return [len(user.posts) for user in users]
    await s.run_sync(touch)

async def selectin(s):
    users = await s.scalars(select(User).options(selectinload(User.posts)))
    await users.all()[0].posts[0].awaitable_attrs.comments

async def subquery(s):
    await s.scalars(select(User).options(subqueryload(User.posts)))

async def joined(s):
    users = (await s.scalars(select(User).options(joinedload(User.posts)))).unique().all()
    await users[0].posts[0].awaitable_attrs.comments

async def immediate(s):
    await s.scalars(select(User).options(immediateload(User.posts)))

async def refreshed(s):
    for user in (await s.scalars(select(User).limit(1))).all():
        await s.refresh(user, ["posts"])

async def deferred(s):
    user = (await s.scalars(select(User).limit(1))).one()
    await user.awaitable_attrs.bio

async def expired(s):
    user = (await s.scalars(select(User).limit(1))).one()
    await s.commit()
    await user.awaitable_attrs.name

async def got(s):
    for number in (1, 2):
        await s.get(User, number)

async def untracked(s):
    user = User(name="new")
    s.add(user)
    await s.commit()
    await user.awaitable_attrs.posts

async def one_of_many(url, engine, name):
    async with AsyncSession(engine) as s:
        await s.scalars(select(User).where(User.name == name))

async def gathered(engine):
    await asyncio.gather(*(one_of_many(None, engine, n) for n in "ab"))

async def without_greenlet(s):
    user = (await s.scalars(select(User).limit(1))).one()
    try:
        user.posts
    except sa.exc.SQLAlchemyError:
        pass

async def main(url):
    engine = await filled(url)
    for step in (lazy_nested, lazy_to_one, in_run_sync, selectin, subquery, joined, immediate,
                 refreshed, deferred, expired, got, untracked, without_greenlet):
        async with AsyncSession(engine) as s:
            await step(s)
    await gathered(engine)
    await engine.dispose()

asyncio.run(main(sys.argv[1]))
"""
)

POSTS, COMMENTS = "User.posts", "Post.comments"


@pytest.fixture(scope="module")
def captures() -> dict[str, Captured]:
    """What was captured on each dialect: the program runs once on each."""
    return {}


@pytest.fixture
def captured(
    database_url: str,
    captures: dict[str, Captured],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Captured:
    monkeypatch.chdir(tmp_path)
    dialect = database_url.partition(":")[0]
    if dialect not in captures:
        captures[dialect] = capture(tmp_path, PROGRAM, database_url)
    return captures[dialect]


def told(captured: Captured, function: str) -> list[tuple[str, tuple[str, ...] | None, str | None]]:
    """Strategy (or entity), path, and the text of the line that loaded the parents."""
    return [
        (
            (
                query.load.strategy,
                query.load.path,
                query.load.origin.text if query.load.origin else None,
            )
            if query.load
            else (str(query.entity), None, None)
        )
        for query in captured.of(function)
    ]


def test_every_kind_of_load_is_told_apart(captured: Captured) -> None:
    assert captured.result.exit_code == 0
    assert captured.result.troubles == ()
    first = "for user in await s.scalars(select(User).limit(1)):"
    assert told(captured, "lazy_nested") == [
        ("User", None, None),
        ("lazy", (POSTS,), first),
        ("lazy", (POSTS, COMMENTS), first),
    ]
    posts = "posts = (await s.scalars(select(Post).limit(1))).all()"
    assert told(captured, "lazy_to_one")[1:] == [("lazy", ("Post.user",), posts)]
    users = "users = (await s.scalars(select(User))).all()"
    assert told(captured, "in_run_sync") == [("User", None, None)]
    inner = [
        query
        for query in captured.queries
        if "len(user.posts)" in str(query.call_site and query.call_site.text)
    ]
    assert [query.load and query.load.path for query in inner] == [(POSTS,)] * 2
    assert {query.load.origin.text for query in inner if query.load and query.load.origin} == {
        users
    }
    loaded = "users = await s.scalars(select(User).options(selectinload(User.posts)))"
    assert told(captured, "selectin")[1:] == [
        ("selectin", (POSTS,), loaded),
        ("lazy", (POSTS, COMMENTS), loaded),
    ]
    assert [strategy for strategy, *_ in told(captured, "subquery")] == ["User", "subquery"]
    assert [(s, p) for s, p, _ in told(captured, "joined")] == [
        ("User", None),
        ("lazy", (POSTS, COMMENTS)),
    ]
    assert [(s, p) for s, p, _ in told(captured, "immediate")[1:]] == [("immediate", (POSTS,))] * 2
    assert [(s, p) for s, p, _ in told(captured, "refreshed")[1:]] == [
        ("refresh", ("User",)),
        ("refresh", (POSTS,)),
    ]
    assert [(s, p) for s, p, _ in told(captured, "deferred")[1:]] == [("deferred", ("User.bio",))]
    assert [(s, p) for s, p, _ in told(captured, "expired")[1:]] == [("expired", ("User",))]
    assert told(captured, "got") == [("User", None, None)] * 2
    assert told(captured, "untracked")[-1] == ("lazy", (POSTS,), None)


def test_gathered_tasks_each_show_their_own_line_task_and_session(captured: Captured) -> None:
    queries = captured.of("one_of_many")
    assert len(queries) == 2
    assert len({query.scope.task for query in queries}) == 2
    assert len({query.scope.session for query in queries}) == 2
    assert len({query.scope.transaction for query in queries}) == 2


def test_a_load_outside_of_the_greenlet_is_recorded_with_its_error(captured: Captured) -> None:
    failed = captured.of("without_greenlet")[-1]
    assert failed.error == "MissingGreenlet"
    assert failed.call_site is not None
    assert failed.call_site.text == "user.posts"
    assert failed.load is not None
    assert failed.load.path == (POSTS,)
    assert failed.load.origin is not None
    assert failed.load.origin.function == "without_greenlet"


def test_rows_times_and_collections_are_known(captured: Captured) -> None:
    parents, children, _ = captured.of("lazy_nested")
    assert parents.rows == 1
    assert children.rows == 1
    assert children.load is not None
    assert children.load.collections == (True,)
    assert captured.of("lazy_to_one")[1].load.collections == (False,)  # type: ignore[union-attr]
    assert all(query.duration_ms is not None for query in captured.queries)
    assert {query.dialect for query in captured.queries} <= {"sqlite", "postgresql", "mysql"}


def test_another_event_loop_is_captured_alike(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("uvloop")
    monkeypatch.chdir(tmp_path)
    run = "asyncio.run(main(sys.argv[1]))"
    plain = capture(tmp_path, PROGRAM, sqlite_url)
    program = PROGRAM.replace(run, f"import uvloop\nuvloop.install()\n{run}")
    other = capture(tmp_path, program, f"{sqlite_url}.uvloop")
    functions = {query.call_site.function for query in plain.queries if query.call_site}
    assert {name: told(other, name) for name in functions} == {
        name: told(plain, name) for name in functions
    }
    assert len({query.scope.task for query in other.of("one_of_many")}) == 2


DETACHED = (
    MODELS
    + """
import sys

async def owner(engine):
    async with AsyncSession(engine) as session:
        return (await session.scalars(select(User).limit(1))).one()

async def main(url):
    engine = await filled(url)
    user = await owner(engine)
    await engine.dispose()
    return len(user.posts)

asyncio.run(main(sys.argv[1]))
"""
)


def test_what_a_detached_entity_lacked_is_told_where_that_ended_the_program(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    captured = capture(tmp_path, DETACHED, sqlite_url)
    (fact,) = [line for line in captured.lines if isinstance(line, UnloadedAttribute)]
    assert captured.result.exit_code == 1
    assert (fact.error, fact.path, fact.collections) == (
        "DetachedInstanceError", (POSTS,), (True,)
    )  # fmt: skip
    assert fact.touched is not None
    assert fact.touched.text == "return len(user.posts)"
    assert fact.origin is not None
    assert fact.origin.function == "owner"


SERVED = (
    MODELS
    + """
import contextlib
import logging
import sys

async def owner(engine):
    async with AsyncSession(engine) as session:
        return (await session.scalars(select(User).limit(1))).one()

async def request(engine):
    user = await owner(engine)
    return len(user.posts)

async def main(url):
    engine = await filled(url)
    for _ in range(2):
        try:
            await request(engine)
        except Exception:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    with contextlib.suppress(Exception):
        await request(engine)
    await engine.dispose()

asyncio.run(main(sys.argv[1]))
"""
)


def test_what_a_detached_entity_lacked_is_told_where_a_server_logs_it(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that catches the error itself and goes on lives with it."""
    monkeypatch.chdir(tmp_path)
    captured = capture(tmp_path, SERVED, sqlite_url)
    facts = [line for line in captured.lines if isinstance(line, UnloadedAttribute)]
    assert captured.result.exit_code == 0
    assert [(fact.path, fact.touched and fact.touched.text) for fact in facts] == [
        ((POSTS,), "return len(user.posts)")
    ] * 2
