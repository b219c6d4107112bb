import pytest

from asa.sql.placeholders import Style, placeholders

CASES = [
    ("SELECT a FROM t WHERE b = $2 AND c = $1", None, Style.NUMBERED, [1, 0]),
    ("SELECT a FROM t WHERE b = ? AND c = ?", "sqlite", Style.QUESTION, [0, 1]),
    ("SELECT a FROM t WHERE b = ?2 AND c = ?1", "sqlite", Style.QUESTION, [1, 0]),
    ("SELECT a FROM t WHERE b = %s AND c LIKE '%s'", "mysql", Style.FORMAT, [0]),
    ("SELECT a FROM t WHERE b = %(x_1)s", "postgresql", Style.PYFORMAT, ["x_1"]),
    ("SELECT a::int FROM t WHERE b = :x AND c = d[1:n]", None, Style.NAMED, ["x"]),
    ("SELECT a FROM t WHERE b = @p1", None, Style.AT, ["p1"]),
    ("SELECT a FROM t WHERE data ? 'k' AND b = $1", "postgresql", Style.NUMBERED, [0]),
]


@pytest.mark.parametrize(("sql", "dialect", "style", "keys"), CASES)
def test_placeholders_are_found_in_order(
    sql: str, dialect: str | None, style: Style, keys: list[int | str]
) -> None:
    found = placeholders(sql, dialect)
    assert [place.key for place in found] == keys
    assert {place.style for place in found} == {style}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT '$1 ? %s :a' FROM t",
        'SELECT "a?" FROM t -- $1',
        "SELECT a FROM t /* ? */ WHERE b % 2 = 1",
        "SELECT $body$ :a ? $body$",
    ],
)
def test_strings_names_and_comments_hold_none(sql: str) -> None:
    assert placeholders(sql, "postgresql") == ()


def test_a_place_says_where_it_stands() -> None:
    sql = "SELECT a FROM t WHERE b = %(name)s"
    (place,) = placeholders(sql)
    assert sql[place.start : place.end] == "%(name)s"


@pytest.mark.parametrize(
    ("sql", "places"),
    [
        ("SELECT 1 FROM t WHERE data ? 'hot'", []),
        ("SELECT 1 FROM t WHERE data->'a' ?| array['b'] AND (data) ?& x", []),
        ("SELECT 1 FROM t WHERE data ? ? AND a = ? LIMIT ?", [29, 39, 47]),
        ("SELECT ? ? 'key', CASE WHEN ? THEN ? END", [7, 28, 35]),
    ],
)
def test_a_question_mark_behind_a_value_asks_postgresql_for_a_key(
    sql: str, places: list[int]
) -> None:
    assert [mark.start for mark in placeholders(sql, "postgresql")] == places
    assert len(placeholders(sql, "mysql")) == sql.count("?")
