import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        user="""
        a: Mapped[int] = mapped_column(index=True)
        b: Mapped[int]
        __table_args__ = (Index("ix_ab", "a", "b"),)
    """
    ),
    Case(
        user="""
        a: Mapped[int] = mapped_column(index=True)
        __table_args__ = (UniqueConstraint("a", name="u"),)
    """
    ),
    Case(user='__table_args__ = (Index("ix_id", "id"),)'),
    Case(
        user="""
        a: Mapped[int]
        __table_args__ = (Index("ix_1", "a"), Index("ix_2", "a"))
    """
    ),
)
GOOD = (
    Case(
        models="""
        from sqlalchemy.ext.compiler import compiles

        class folded(sql.functions.FunctionElement):
            inherit_cache = True

        @compiles(folded, "postgresql")
        def folded_there(element, compiler, **kw):
            return "lower(name)"
        """,
        user="""
        name: Mapped[str]
        __table_args__ = (Index("ix_folded", folded()), CheckConstraint(folded(), name="c"))
    """,
    ),
    Case(user='__table_args__ = (Index("ix_made_by_a_migration"),)'),
    Case(
        user="""
        a: Mapped[str] = mapped_column(unique=True)
        __table_args__ = (Index("trgm_a", "a", postgresql_using="gin"),)
    """
    ),
    Case(
        user="""
        a: Mapped[str] = mapped_column(unique=True)
        __table_args__ = (Index("like_a", "a", postgresql_ops={"a": "text_pattern_ops"}),)
    """
    ),
    Case(
        user="""
        a: Mapped[str] = mapped_column(String(99))
        __table_args__ = (Index("words", "a", mysql_prefix="FULLTEXT"), Index("ix_a", "a"))
    """,
        dialect="mysql",
    ),
    Case(
        user="""
        a: Mapped[int] = mapped_column(index=True)
        b: Mapped[int]
        __table_args__ = (Index("ix_ba", "b", "a"),)
    """
    ),
    Case(
        user="""
        a: Mapped[int] = mapped_column(unique=True, index=True)
        b: Mapped[int]
        __table_args__ = (Index("ix_ab", "a", "b"),)
    """
    ),
    Case(
        user="""
        a: Mapped[int]
        __table_args__ = (
            Index("ix_1", "a"),
            Index("ix_2", "a", "id", postgresql_where=text("a > 1")),
        )
    """
    ),
    Case(
        user="""
        a: Mapped[str]
        __table_args__ = (Index("ix_1", func.lower(text("a"))), Index("ix_2", "a"))
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("needless-index", case)
    assert found
    for finding in found:
        assert re.search("is the beginning of", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("needless-index", case) == []
