from dataclasses import replace

import pytest
from tests.rules.query.statements import of, shown

from asa.model.finding import Finding
from asa.model.schema import Column, Index, Schema, Table
from asa.rules.query.missed_partial_index import RULE
from asa.sql.facts import Unknown
from asa.sql.predicates import facts

IS_NUMBER = pytest.mark.skipif(
    isinstance(facts("SELECT 1 FROM t WHERE a IS 1", "sqlite"), Unknown),
    reason="this sqlglot reads no IS before a number",
)


def judged(
    condition: str, where: str, dialect: str = "postgresql", *, nullable: bool = False
) -> list[Finding]:
    columns = (Column("email", "TEXT"), Column("active", "BOOLEAN", nullable))
    index = Index("ix_email", ("email",), where=where)
    users = Table("users", columns, (index,), rows=50_000)
    one = of(f"SELECT email FROM users WHERE {condition} AND email > 'k'", dialect=dialect)
    found = RULE.check(replace(one, schema=Schema((users,))))
    return list(found)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("condition", "where", "dialect", "fix"),
    [
        ("active IS TRUE", "active", "postgresql", "User.active"),
        ("coalesce(active, false)", "active", "postgresql", "User.active"),
        ("active IS FALSE", "NOT active", "postgresql", "~User.active"),
        ("active IS NOT TRUE", "NOT active", "postgresql", "~User.active"),
        pytest.param("active IS 1", "active = 1", "sqlite", "User.active == True", marks=IS_NUMBER),
        pytest.param(
            "active = 0", "active IS 0", "sqlite", "User.active.is_(False)", marks=IS_NUMBER
        ),
        ("active", "active = 1", "sqlite", "User.active == True"),
    ],
)
def test_the_words_of_the_index_are_offered(
    condition: str, where: str, dialect: str, fix: str
) -> None:
    (found,) = judged(condition, where, dialect)
    assert found.subject == "users.active"
    assert found.fix is not None
    assert found.fix.text == f".where({fix})"
    # Numbers of a statement are not shown.
    words = where.replace("1", "?").replace("0", "?")
    assert f"WHERE {words} AND" in shown(found)


@pytest.mark.parametrize(
    ("condition", "where"),
    [
        ("active", "active"),
        ("NOT active", "active"),
        ("active IS NULL", "active"),
        ("email = 'x'", "active"),
        ("(active OR email = 'x')", "active"),
        ("coalesce(active, true)", "active"),
        ("active IS TRUE", "email IS NOT NULL"),
    ],
)
def test_what_says_the_same_words_or_something_else_is_left_alone(
    condition: str, where: str
) -> None:
    assert not judged(condition, where)


def test_where_null_may_be_not_true_is_not_false() -> None:
    assert not judged("active IS NOT TRUE", "NOT active", nullable=True)
