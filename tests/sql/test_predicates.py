import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asa.sql.facts import Facts, Match, Unknown
from asa.sql.predicates import Columns, facts

SHOP = {"users": ["id", "name"], "posts": ["pid", "user_id"]}


def read(sql: str, dialect: str = "sqlite", columns: Columns | None = None) -> Facts:
    found = facts(sql, dialect, columns)
    assert isinstance(found, Facts), found
    return found


def compared(found: Facts) -> list[tuple[str | None, str, Match]]:
    return [(p.table, p.column, p.match) for p in found.predicates]


def joined(found: Facts) -> set[frozenset[tuple[str, str]]]:
    return {
        frozenset([(j.left.table, j.left.column), (j.right.table, j.right.column)])
        for j in found.joins
    }


MATCHES = [
    ("a = 1", Match.EQUALITY),
    ("1 = a", Match.EQUALITY),
    ("a = (SELECT max(b) FROM u)", Match.EQUALITY),
    ("a IN (1, 2)", Match.IN),
    ("a > 1", Match.RANGE),
    ("a BETWEEN 1 AND 2", Match.RANGE),
    ("a LIKE 'x%'", Match.PREFIX),
    ("a LIKE ? || '%'", Match.PREFIX),
    ("a LIKE '%x'", Match.PATTERN),
    ("a LIKE '%' || ? || '%'", Match.PATTERN),
    ("a LIKE ?", Match.PATTERN),
    ("a IS NULL", Match.NULL),
    ("a IS NOT NULL", Match.NOT),
    ("a <> 1", Match.NOT),
    ("a NOT IN (1)", Match.NOT),
    ("NOT a = 1", Match.NOT),
    ("a NOT LIKE 'x%'", Match.NOT),
    ("NOT a LIKE '%x'", Match.NOT),
    ("lower(a) = 'x'", Match.EXPRESSION),
    ("a + 1 = 2", Match.EXPRESSION),
    ("CAST(a AS TEXT) = 'x'", Match.EXPRESSION),
]


@pytest.mark.parametrize(("condition", "match"), MATCHES)
def test_each_comparison(condition: str, match: Match) -> None:
    found = read(f"SELECT 1 FROM t WHERE {condition}")
    assert ("t", "a", match) in compared(found)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("a IS NULL", "a IS NULL"),
        ("a IS NOT NULL", "a IS NOT NULL"),
        ("NOT a IS NULL", "a IS NOT NULL"),
        ("NOT (a IS NOT NULL)", "a IS NULL"),
        ("a IS NOT TRUE", "a IS NOT TRUE"),
    ],
)
def test_a_condition_that_always_holds_is_spelled_alike(condition: str, text: str) -> None:
    found = read(f"SELECT 1 FROM t WHERE {condition}", "postgresql")
    assert [one.text for one in found.constants] == [text]


@pytest.mark.parametrize("condition", ["a @> $1", "a && $1", "a @@ to_tsquery($1)", "a ? $1"])
def test_parts_of_a_value(condition: str) -> None:
    found = read(f"SELECT 1 FROM t WHERE {condition}", "postgresql")
    assert compared(found) == [("t", "a", Match.CONTAINS)]


def test_parts_of_an_expression() -> None:
    found = read("SELECT 1 FROM t WHERE to_tsvector('english', a) @@ $1", "postgresql")
    assert [(one.text, one.match) for one in found.computed] == [
        ("to_tsvector('english', a)", Match.CONTAINS)
    ]


@pytest.mark.parametrize(
    ("dialect", "mark"),
    [
        ("postgresql", "$1::VARCHAR"),
        ("postgresql", "%(a_1)s"),
        ("mysql", "%s"),
        ("sqlite", "?"),
        (None, ":a"),
        (None, "@p1"),
    ],
)
def test_every_placeholder_style_is_a_value(dialect: str, mark: str) -> None:
    found = read(f"SELECT x FROM t WHERE a = {mark} AND b IN ({mark}, {mark})", dialect)
    assert compared(found) == [("t", "a", Match.EQUALITY), ("t", "b", Match.IN)]


def test_predicates_under_or_are_alternatives() -> None:
    found = read("SELECT 1 FROM t WHERE a = 1 AND (b = 2 OR c = 3)")
    assert [(p.column, p.alternative) for p in found.predicates] == [
        ("a", False),
        ("b", True),
        ("c", True),
    ]


JOINS = [
    "SELECT 1 FROM users u JOIN posts p ON p.user_id = u.id",
    "SELECT 1 FROM users u, posts p WHERE p.user_id = u.id",
    "SELECT 1 FROM users u WHERE EXISTS (SELECT 1 FROM posts p WHERE p.user_id = u.id)",
    "SELECT (SELECT count(*) FROM posts p WHERE p.user_id = u.id) FROM users u",
    "SELECT 1 FROM users WHERE users.id IN (SELECT user_id FROM posts)",
    "WITH p AS (SELECT user_id FROM posts) SELECT 1 FROM users u JOIN p ON p.user_id = u.id",
    "SELECT 1 FROM users u JOIN (SELECT * FROM posts) AS q ON q.user_id = u.id",
    "WITH p(owner) AS (SELECT user_id FROM posts) SELECT 1 FROM users u JOIN p ON owner = u.id",
    "DELETE FROM posts WHERE user_id IN (SELECT id FROM users)",
]


@pytest.mark.parametrize("sql", JOINS)
def test_both_sides_of_a_join_are_traced_to_their_tables(sql: str) -> None:
    assert joined(read(sql, columns=SHOP)) == {frozenset([("posts", "user_id"), ("users", "id")])}


def test_using_joins_two_tables() -> None:
    found = read("SELECT 1 FROM a JOIN b USING (k)", "postgresql")
    assert joined(found) == {frozenset([("a", "k"), ("b", "k")])}


def test_a_table_joined_to_itself_has_two_uses() -> None:
    found = read("SELECT 1 FROM emp e JOIN emp m ON e.boss = m.id WHERE m.name = ?")
    assert [(t.name, t.alias) for t in found.tables] == [("emp", "e"), ("emp", "m")]
    assert [p.at.use for p in found.predicates] == [1]
    assert {found.joins[0].left.use, found.joins[0].right.use} == {0, 1}


def test_a_bare_name_among_several_tables_needs_their_columns() -> None:
    sql = "SELECT pid FROM users, posts WHERE user_id = ? AND name = ?"
    unsure, sure = read(sql), read(sql, columns=SHOP)
    assert not unsure.complete
    assert unsure.predicates == ()
    assert sure.complete
    assert compared(sure) == [
        ("posts", "user_id", Match.EQUALITY),
        ("users", "name", Match.EQUALITY),
    ]


def test_order_by_is_kept_where_an_index_could_give_it() -> None:
    found = read("SELECT a AS x, b FROM t ORDER BY x DESC, 2")
    assert [(o.at.column, o.descending) for o in found.order_by] == [("a", True), ("b", False)]
    assert read("SELECT a FROM t ORDER BY lower(a)").order_by == ()
    assert read("SELECT 1 FROM t, u ORDER BY t.a, u.b").order_by == ()


def test_the_shape_of_the_outermost_query() -> None:
    found = read("SELECT DISTINCT a, count(*) FROM t GROUP BY a LIMIT 3 OFFSET 4")
    assert (found.distinct, found.limited, found.offset, found.star) == (True, True, True, False)
    assert [c.column for c in found.group_by] == ["a"]
    assert [c.column for c in found.selected] == ["a"]
    inner = read("SELECT * FROM (SELECT a FROM t LIMIT 3) q")
    assert (inner.limited, inner.star) == (False, True)


@pytest.mark.parametrize(
    ("sql", "dialect"),
    [
        ("UPDATE t SET a = 1 WHERE id = ?", "sqlite"),
        ("DELETE FROM t WHERE id = ?", "sqlite"),
        ("UPDATE t JOIN u ON t.x = u.y SET t.a = 1 WHERE t.id = %s", "mysql"),
        ("DELETE FROM t USING u WHERE t.x = u.y AND t.id = $1", "postgresql"),
        ("WITH d AS (DELETE FROM t WHERE id = $1 RETURNING x) SELECT * FROM d", "postgresql"),
    ],
)
def test_the_table_written(sql: str, dialect: str) -> None:
    found = read(sql, dialect)
    assert found.writes == "t"
    assert ("t", "id", Match.EQUALITY) in compared(found)


def test_names_are_spelt_as_the_catalog_has_them() -> None:
    sql = 'SELECT 1 FROM public."User" u, Audit.Log l WHERE u."Name" = $1 AND l.At > $2'
    found = read(sql, "postgresql")
    assert [t.name for t in found.tables] == ["User", "audit.log"]
    assert [p.column for p in found.predicates] == ["Name", "at"]


def test_a_common_table_expression_is_no_table() -> None:
    sql = "WITH RECURSIVE n AS (SELECT id FROM cat WHERE id = ? UNION ALL"
    sql += " SELECT c.id FROM cat c JOIN n ON c.parent = n.id) SELECT * FROM n"
    assert {t.name for t in read(sql).tables} == {"cat"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT (((",
        "SELECT a FROM t WHERE b <<= 3",
        "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
        "SELECT 1; SELECT 2",
        "CREATE TABLE t (a int)",
        "SELECT '" + "x" * 200_000 + "'",
        "",
    ],
)
def test_what_is_not_understood_is_unknown_with_a_reason(sql: str) -> None:
    found = facts(sql, "sqlite")
    assert isinstance(found, Unknown)
    assert found.reason


WORDS = (
    "SELECT FROM WHERE a b t u . , ( ) = IN ? AND OR NOT JOIN ON USING * AS WITH x UNION ORDER BY"
    " LIMIT 1 UPDATE SET DELETE INSERT INTO VALUES EXISTS CASE WHEN END :: LATERAL"
)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=25).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_no_statement_raises(sql: str) -> None:
    for dialect in ("postgresql", "mysql", "sqlite"):
        assert isinstance(facts(f"SELECT {sql}", dialect), Facts | Unknown)


def test_sqlglot_is_loaded_only_by_who_asks_for_facts() -> None:
    code = (
        "import sys; import asa.sql.predicates, asa.sql.shown, asa.workload;"
        "assert 'sqlglot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
