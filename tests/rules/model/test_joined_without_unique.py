import re

import pytest
from tests.rules.model.corpus import Case, findings

POST = """
user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
user: Mapped["User"] = relationship(back_populates="posts")
"""
POSTS = """
posts: Mapped[list["Post"]] = relationship(back_populates="user")
"""
BAD = (
    Case(
        user=POSTS,
        post=POST,
        code="""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload
        from models import Post, User

        async def load(session):
            stmt = select(User).options(joinedload(User.posts))
            return (await session.scalars(stmt)).all()
    """,
    ),
    Case(
        user=POSTS,
        post=POST,
        code="""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload
        from models import Post, User

        async def load(session):
            result = await session.execute(select(User).options(joinedload(User.posts)))
            return result.scalars().all()
    """,
    ),
    Case(
        user=POSTS,
        post=POST,
        code="""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload
        from models import Post, User

        async def load(session):
            stmt = select(User)
            stmt = stmt.options(joinedload(User.posts))
            return (await session.execute(stmt)).scalar_one()
    """,
    ),
    Case(
        user=POSTS,
        post=POST,
        code="""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload
        from models import Post, User

        async def load(session, key):
            stmt = select(User).where(User.id == key).options(joinedload(User.posts))
            return (await session.execute(stmt)).scalar_one_or_none()
    """,
    ),
)
GOOD = (
    *(
        Case(
            user=POSTS,
            post=POST,
            code=f"""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload
        from models import User

        async def load(session):
            stmt = select(User).options(joinedload(User.posts)).order_by(User.id).limit(1)
            return {one_row}
    """,
        )
        for one_row in (
            "await session.scalar(stmt)",
            "(await session.scalars(stmt)).first()",
            "(await session.execute(stmt)).scalar()",
        )
    ),
    Case(
        user=POSTS,
        post=POST,
        code="""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload
        from models import Post, User

        async def load(session):
            stmt = select(User).options(joinedload(User.posts))
            return (await session.scalars(stmt)).unique().all()
    """,
    ),
    Case(
        user=POSTS,
        post=POST,
        code="""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload
        from models import Post, User

        async def load(session):
            stmt = select(User).options(selectinload(User.posts))
            return (await session.scalars(stmt)).all()
    """,
    ),
    Case(
        user=POSTS,
        post=POST,
        code="""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload
        from models import Post, User

        async def load(session):
            stmt = select(Post).options(joinedload(Post.user))
            return (await session.scalars(stmt)).all()
    """,
    ),
    Case(
        user=POSTS,
        post=POST,
        code="""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload
        from models import Post, User

        async def load(session, key):
            return await session.get(User, key, options=[joinedload(User.posts)])
    """,
    ),
    Case(
        user=POSTS,
        post=POST,
        code="""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload
        from models import Post, User

        async def load(session):
            stmt = select(User).options(joinedload(User.posts))
            return await session.execute(stmt)
    """,
    ),
    Case(
        user=POSTS,
        post=POST,
        code="""
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload
        from models import Post, User

        async def load(session):
            stmt = select(User).options(joinedload(User.posts))
            await session.execute(stmt)
            stmt = select(Post)
            return (await session.scalars(stmt)).all()
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("joined-without-unique", case)
    assert found
    for finding in found:
        assert re.search("without unique", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("joined-without-unique", case) == []
