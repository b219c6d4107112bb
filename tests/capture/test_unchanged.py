"""A program under capture does what it does without: same results, SQL and statement cache."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from tests.capture.program import MODELS, capture, write

PROGRAM = (
    MODELS
    + """
import json, pickle, sys

class Node(Base):
    __tablename__ = "nodes"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"))
    children: Mapped[list["Node"]] = relationship()

STATEMENT = select(User).order_by(User.id)
cache, statements, results = {}, [], []

@sa.event.listens_for(sa.Engine, "before_cursor_execute", named=True)
def seen(statement, parameters, context, **_):
    statements.append([statement, repr(parameters), context.cache_hit.name])

async def work(engine):
    async with AsyncSession(engine) as s:
        root = Node(children=[Node(children=[Node(children=[Node(children=[Node()])])])])
        s.add(root)
        await s.commit()
    for _ in range(2):
        async with AsyncSession(engine) as s:
            for user in await s.scalars(STATEMENT):
                for post in await user.awaitable_attrs.posts:
                    for comment in await post.awaitable_attrs.comments:
                        results.append([user.id, post.id, comment.id])
                    await s.refresh(post)
                    await s.refresh(post, ["comments"])
        async with AsyncSession(engine) as s:
            for post in await s.scalars(select(Post)):
                results.append([len(await post.awaitable_attrs.comments)])
                s.expire(post)
                results.append([await post.awaitable_attrs.user_id])
        async with AsyncSession(engine) as s:
            node = (await s.scalars(select(Node).where(Node.id == 1))).one()
            while node:
                children = await node.awaitable_attrs.children
                node = children[0] if children else None
        for option in (selectinload, subqueryload, joinedload, immediateload):
            async with AsyncSession(engine) as s:
                chosen = STATEMENT.options(option(User.posts).selectinload(Post.comments))
                users = (await s.scalars(chosen)).unique().all()
                results.append([len(p.comments) for u in users for p in u.posts])
        async with AsyncSession(engine) as s:
            big = STATEMENT.options(selectinload(User.posts)).execution_options(yield_per=1)
            async for user in await s.stream_scalars(big):
                results.append([len(user.posts)])
        async with AsyncSession(engine) as s:
            results.append([(await s.get(User, 1)).name])
            await s.execute(sa.update(User).where(User.id == 1).values(name="c"))
            await s.execute(sa.insert(User), [{"name": "d"}, {"name": "e"}])
            await s.rollback()
            user = (await s.scalars(STATEMENT.limit(1))).one()
            pickled = pickle.dumps(user)
            results.append([pickle.loads(pickled).name])
            with open("user.pickle", "wb") as file:
                file.write(pickled)

async def main():
    engine = await filled("sqlite+aiosqlite://")
    del statements[:]
    await work(engine)
    await engine.dispose()
    print(json.dumps([results, statements]))

asyncio.run(main())
"""
)


def test_results_sql_and_cache_hits_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    program = write(tmp_path, PROGRAM)
    plain = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True)
    results, statements = json.loads(plain.stdout)
    captured = capture(tmp_path, PROGRAM)
    assert captured.result.exit_code == 0
    seen_results, seen_statements = json.loads(capfd.readouterr().out)
    assert seen_results == results
    assert seen_statements == statements
    assert len(results) > 10
    assert {hit for _, _, hit in statements} >= {"CACHE_HIT", "CACHE_MISS"}
    recorded = [query.sql for query in captured.queries]
    assert recorded[-len(statements) :] == [sql for sql, _, _ in statements]


def test_a_pickled_entity_does_not_need_asa(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    capture(tmp_path, PROGRAM)
    content = (tmp_path / "user.pickle").read_bytes()
    assert b"_asa" not in content
    assert b"UserDefinedOption" in content, "the option was there, and left as a plain one"
    with pytest.raises((AttributeError, ModuleNotFoundError)):
        pickle.loads(content)  # noqa: S301  (ours; User itself is not importable here)
