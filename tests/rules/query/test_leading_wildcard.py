from dataclasses import replace

import pytest
from tests.rules.query.statements import of

from asa.model.case import Case
from asa.model.finding import Finding
from asa.model.plan import Access, Plan, PlanNode
from asa.model.schema import Schema
from asa.rules.query.leading_wildcard import RULE


def case(
    condition: str, *values: object, access: Access = Access.FULL, dialect: str = "postgresql"
) -> Case:
    one = of(f"SELECT id FROM users WHERE {condition}", *values, dialect=dialect)
    (query_class,) = one.workload.classes
    plan = Plan((PlanNode("Seq Scan", access, "users"),), 900.0)
    return replace(one, plans={query_class.fingerprint: plan})


def judged(one: Case) -> list[Finding]:
    return list(RULE.check(one))  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("email LIKE '%@x.org'", ()),
        ("email ILIKE $1", ("%ann%",)),
        ("email LIKE '%' || $1 || '%'", ("ann",)),
        ("lower(email) LIKE $1", ("%ann%",)),
        ("email LIKE $1::VARCHAR OR id = 7", ("%ann",)),
    ],
)
def test_a_text_sought_anywhere_is_named(condition: str, values: tuple[object, ...]) -> None:
    (found,) = judged(case(condition, *values))
    assert (found.subject, found.summary) == ("users.email", "all of 40k rows read")
    assert found.fix is not None
    assert "pg_trgm" in found.fix.text


def test_each_database_has_another_cure() -> None:
    for dialect, word in (("mysql", "FULLTEXT"), ("sqlite", "FTS5")):
        (found,) = judged(case("email LIKE '%@x.org'", dialect=dialect))
        assert found.fix is not None
        assert word in found.fix.text


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("email LIKE 'ann%'", ()),
        ("email LIKE $1", ("ann%",)),
        ("email LIKE $1 || '%'", ("ann",)),
        ("email LIKE $1", ()),
        ("email = $1", ("%ann%",)),
        ("email NOT LIKE '%ann%'", ()),
        ("NOT (email ILIKE '%ann%')", ()),
        ("id = 7 AND email LIKE '%ann%'", ()),
    ],
)
def test_a_known_start_or_an_unknown_pattern_is_left_alone(
    condition: str, values: tuple[object, ...]
) -> None:
    assert not judged(case(condition, *values))


def test_what_goes_by_an_index_is_left_alone() -> None:
    assert not judged(case("email LIKE '%@x.org'", access=Access.INDEX))


def test_with_trigrams_an_index_is_proposed_instead() -> None:
    one = case("email LIKE '%@x.org'")
    assert one.schema is not None
    assert not judged(replace(one, schema=Schema(one.schema.tables, ("pg_trgm",))))
