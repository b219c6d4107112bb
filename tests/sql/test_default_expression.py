"""`same_default`: two spellings, one value; and the nearest ones that are not."""

import pytest

from asa.sql.default_expression import is_constant, is_volatile, same_default

SAME = [
    ("now()", "CURRENT_TIMESTAMP", ""),
    ("current_timestamp()", "now()", ""),
    ("(CURRENT_TIMESTAMP)", "CURRENT_TIMESTAMP", ""),
    ("current_timestamp(6)", "CURRENT_TIMESTAMP(6)", ""),
    ("current_timestamp() ON UPDATE current_timestamp()", "CURRENT_TIMESTAMP", ""),
    ("'x'::character varying", "'x'", ""),
    ("'x'::character varying(20)", "CAST('x' AS VARCHAR(20))", ""),
    ("'{}'::text[]", "'{}'", ""),
    ("'2020-01-01 00:00:00'::timestamp without time zone", "'2020-01-01'", "time"),
    ("'2020-01-01 00:00:00+00'::timestamp with time zone", "'2020-01-01T00:00:00Z'", "time"),
    ("'10:00:00'", "'10:00'", "time"),
    ("'-1'::integer", "-1", "number"),
    ("1.50", "'1.5'", "number"),
    ("1000", "1e3", "number"),
    ("true", "'t'", "boolean"),
    ("1", "true", "boolean"),
    ("""'{"a":1}'::jsonb""", """'{"a": 1}'""", "json"),
    ("timezone('utc'::text, now())", "(now() at time zone 'UTC')", ""),
    ("(now() + '1 day'::interval)", "now() + interval '1 day'", ""),
    ("extensions.uuid_generate_v4()", "uuid_generate_v4()", ""),
    ("'it''s'", "'it''s'", ""),
    ("'active'::shop.\"Order State\"", "'active'", ""),
]
OTHER = [
    ("'x'", "'X'", ""),
    ("'now()'", "now()", ""),
    ("0", "1", "boolean"),
    ("1", "1.5", "number"),
    ("'1'", "'01'", ""),
    ("'a::text'", "'a'", ""),
    ("now()", "clock_timestamp()", ""),
    ("current_timestamp(6)", "current_timestamp()", ""),
    ("lower('A')", "lower('a')", ""),
    ("""'{"a": 1}'""", """'{"a": 2}'""", "json"),
    ("'2020-01-01'", "'2020-01-02'", "time"),
    ("(1 + 2)", "3 + 1", "number"),
]


@pytest.mark.parametrize(("one", "other", "kind"), SAME)
def test_one_value_in_two_spellings_is_the_same(one: str, other: str, kind: str) -> None:
    assert same_default(one, other, kind=kind)
    assert same_default(other, one, kind=kind)


@pytest.mark.parametrize(("one", "other", "kind"), OTHER)
def test_two_values_are_not(one: str, other: str, kind: str) -> None:
    assert not same_default(one, other, kind=kind)


def test_a_backslash_escapes_where_the_database_says_so() -> None:
    assert same_default(r"'a\\b'", r"'a\\b'", backslashes=True)
    assert same_default(r"'it\'s'", "'it''s'", backslashes=True)
    assert not same_default(r"'a\\b'", r"'a\b'")


def test_a_constant_is_told_from_an_expression() -> None:
    assert is_constant("'now()'::text")
    assert is_constant("(-1.5)")
    assert not is_constant("now()")
    assert not is_constant("'a' || 'b'")


def test_what_differs_from_row_to_row_is_volatile() -> None:
    assert is_volatile("gen_random_uuid()")
    assert is_volatile("clock_timestamp()")
    assert not is_volatile("now()")
    assert not is_volatile("'gen_random_uuid()'")
    assert not is_volatile("timezone('utc', now())")
