import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(user="", post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))'),
    Case(
        user="",
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        x: Mapped[int]
        __table_args__ = (Index("ix", "x", "user_id"),)
    """,
    ),
    Case(
        user="",
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        __table_args__ = (Index("ix", "user_id", postgresql_where=text("id > 3")),)
    """,
    ),
    Case(
        models="""
        class A(Base):
            __tablename__ = "a"
            x: Mapped[int] = mapped_column(primary_key=True)
            y: Mapped[int] = mapped_column(primary_key=True)

        class B(Base):
            __tablename__ = "b"
            id: Mapped[int] = mapped_column(primary_key=True)
            ax: Mapped[int] = mapped_column(index=True)
            ay: Mapped[int]
            __table_args__ = (ForeignKeyConstraint(["ax", "ay"], ["a.x", "a.y"]),
                )
    """
    ),
    Case(
        user="",
        models="""
        tags = Table("tags", Base.metadata, Column("user_id", ForeignKey("users.id")))
    """,
    ),
)
GOOD = (
    Case(
        models="""
        class A(Base):
            __tablename__ = "a"
            kind: Mapped[str] = mapped_column(String(8), primary_key=True)
            id: Mapped[int] = mapped_column(primary_key=True)

        class B(Base):
            __tablename__ = "b"
            id: Mapped[int] = mapped_column(primary_key=True)
            kind: Mapped[str] = mapped_column(String(8))
            __table_args__ = (ForeignKeyConstraint(["kind", "id"], ["a.kind", "a.id"]),)
    """
    ),
    Case(
        user="",
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)',
    ),
    Case(
        user="",
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)',
    ),
    Case(
        user="",
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        x: Mapped[int]
        __table_args__ = (Index("ix", "user_id", "x"),)
    """,
    ),
    Case(
        user="",
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        x: Mapped[int]
        __table_args__ = (UniqueConstraint("user_id", "x"),)
    """,
    ),
    Case(
        user="",
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
        dialect="mysql",
    ),
    Case(
        models="""
        class A(Base):
            __tablename__ = "a"
            x: Mapped[int] = mapped_column(primary_key=True)
            y: Mapped[int] = mapped_column(primary_key=True)

        class B(Base):
            __tablename__ = "b"
            id: Mapped[int] = mapped_column(primary_key=True)
            ax: Mapped[int] = mapped_column(index=True)
            ay: Mapped[int]
            __table_args__ = (ForeignKeyConstraint(["ax", "ay"], ["a.x", "a.y"]),
                Index("ix", "ay", "ax", "id"))
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("missing-foreign-key-index", case)
    assert found
    for finding in found:
        assert re.search("no index begins with", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("missing-foreign-key-index", case) == []
