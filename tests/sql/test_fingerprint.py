import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asa.sql.fingerprint import fingerprint

DIALECTS = (None, "postgresql", "mysql", "sqlite")

ONE_CLASS = [
    ("SELECT * FROM t WHERE a = 1", "select *\n\tfrom t  where a='x''y'"),
    ("SELECT 1e5, 0xFF, .5, -3 FROM t", "SELECT 2, 7.25, 1.5E-3, 8 FROM t"),
    ("SELECT a FROM t WHERE id IN (1)", "SELECT a FROM t WHERE id IN ('a', NULL, -3.5, 'b')"),
    ("SELECT a FROM t WHERE id IN (?)", "SELECT a FROM t WHERE id IN (%s, %s, %s)"),
    ("SELECT a FROM t WHERE (a, b) IN ((1, 2))", "SELECT a FROM t WHERE (a,b) IN ((1,2),(3,4))"),
    ("INSERT INTO t(a) VALUES (1)", "INSERT INTO t (a) value(2), (3)"),
    ("INSERT INTO t(a, b) VALUES (1, now())", "INSERT INTO t (a,b) VALUES (2,now()), ('x',now())"),
    ("SELECT a FROM t WHERE b = $1::VARCHAR(20)[]", "SELECT a FROM t WHERE b = %(b_1)s"),
    ("SELECT a FROM t WHERE b = :name", "SELECT a FROM t WHERE b = @p1"),
    ("SELECT a FROM t WHERE b = ?1", "SELECT a FROM t WHERE b = $1::double precision"),
    ("SELECT a FROM t /* one */ WHERE b = 1 -- two", "SELECT a FROM t WHERE b = 1"),
    ("SELECT a FROM t WHERE b = - 5", "SELECT a FROM t WHERE b = 5"),
    ("SELECT a FROM t WHERE b != 5", "SELECT a FROM t WHERE b <> 5"),
    ("SELECT COUNT(*) FROM t", "SELECT count( * ) FROM t"),
    ("SELECT a FROM t LIMIT 10 OFFSET 20", "SELECT a FROM t LIMIT 1 OFFSET 2"),
]


@pytest.mark.parametrize(("one", "other"), ONE_CLASS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_statements_that_differ_in_values_are_one_class(
    one: str, other: str, dialect: str | None
) -> None:
    assert fingerprint(one, dialect) == fingerprint(other, dialect)


APART = [
    ("SELECT a FROM t WHERE id = 1", "SELECT a FROM t WHERE id IN (1)"),
    ("SELECT a FROM t1", "SELECT a FROM t2"),
    ("SELECT a FROM t WHERE a = 1", "SELECT a FROM t WHERE b = 1"),
    ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY b"),
    ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a DESC"),
    ("SELECT a, b FROM t ORDER BY 1", "SELECT a, b FROM t ORDER BY 2"),
    ("SELECT a, b FROM t ORDER BY 1, 2", "SELECT a, b FROM t ORDER BY 1, 2 DESC"),
    ("SELECT a FROM t LIMIT 5", "SELECT a FROM t LIMIT 5 OFFSET 5"),
    ("SELECT a FROM t WHERE a > 1", "SELECT a FROM t WHERE a >= 1"),
    ("SELECT a FROM t WHERE a IS NULL", "SELECT a FROM t WHERE a IS NOT NULL"),
    ("SELECT a FROM t WHERE a - 1 = b", "SELECT a FROM t WHERE a + 1 = b"),
    ("SELECT f(1) FROM t", "SELECT f(1, 2) FROM t"),
    ('SELECT "A" FROM t', 'SELECT "a" FROM t'),
]


@pytest.mark.parametrize(("one", "other"), APART)
@pytest.mark.parametrize("dialect", [None, "postgresql", "sqlite"])
def test_statements_that_a_person_would_keep_apart_stay_apart(
    one: str, other: str, dialect: str | None
) -> None:
    assert fingerprint(one, dialect) != fingerprint(other, dialect)


SPELT = [
    (None, "select a.ID from Users a where b='x'", "SELECT a.ID FROM Users a WHERE b = ?"),
    ("postgresql", "select a.ID from Users", "SELECT a.id FROM users"),
    ("postgresql", "select $fn$ it's $fn$, E'a\\'b', x'ff'", "SELECT ?, ?, ?"),
    ("postgresql", "select 1 /* a /* b */ c */ from t", "SELECT ? FROM t"),
    ("postgresql", "select d->>'k' from t where d @> '{}'", "SELECT d ->> ? FROM t WHERE d @> ?"),
    ("postgresql", "select a[1:2], b::int from t", "SELECT a[? ?], b::int FROM t"),
    ("mysql", "select `A b` from `t` where c = \"it\\\"s\"", "SELECT `A b` FROM `t` WHERE c = ?"),
    ("mysql", "select 5--3 from t # tail", "SELECT ? - ? FROM t"),
    ("mysql", "select 'C:\\\\' , 'b' from t", "SELECT ?, ? FROM t"),
    ("sqlite", "select [a b] from t where c = @x and d = $y",
     'SELECT "a b" FROM t WHERE c = ? AND d = ?'),
    ("sqlite", "select 'C:\\' from t", "SELECT ? FROM t"),
    (None, "select /*+ hint(1) */ a from t", "SELECT /*+ hint(?) */ a FROM t"),
    (None, "select t1.c2 from db_3.t1", "SELECT t1.c2 FROM db_3.t1"),
    (None, "insert into t values (1) on duplicate key update a=values(a), b=values(b)",
     "INSERT INTO t VALUES (?+) ON DUPLICATE key UPDATE a = VALUES (a), b = VALUES (b)"),
    (None, "select a like '50%%' from t where b = %s", "SELECT a LIKE ? FROM t WHERE b = ?"),
    (None, "select * from (values (1, 2), (3, 4)) as v(a, b)",
     "SELECT * FROM (VALUES (?+)) AS v(a, b)"),
    (None, "select case when a then 1 else -1 end - 5", "SELECT CASE WHEN a THEN ? ELSE ? END - ?"),
    (None, "select a where b in (select 1, 2)", "SELECT a WHERE b IN (SELECT ?, ?)"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "sql", "expected"), SPELT)
def test_spelling(dialect: str | None, sql: str, expected: str) -> None:
    assert fingerprint(sql, dialect) == expected


NAMES = st.sampled_from(["a", "users", "order_items", '"Quoted x"', "t1.c2", "é"])
LITERALS = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(alphabet="ab'%-/*;:?", max_size=8).map(lambda s: "'" + s.replace("'", "''") + "'"),
    st.sampled_from(["?", "$1", ":name", "%s", "%(a)s", "@p1", "0xFF", "1e5", ".5"]),
)
SPACES = st.text(alphabet=" \t\n", min_size=1, max_size=4)


@given(table=NAMES, column=NAMES, values=st.lists(LITERALS, min_size=2, max_size=2))
def test_literals_do_not_matter(table: str, column: str, values: list[str]) -> None:
    one, other = (f"SELECT 1 FROM {table} WHERE {column} = {v} AND b > {v}" for v in values)
    assert fingerprint(one) == fingerprint(other)


@given(lists=st.lists(st.lists(LITERALS, min_size=1, max_size=120), min_size=2, max_size=2))
def test_the_length_of_a_list_does_not_matter(lists: list[list[str]]) -> None:
    one, other = (f"SELECT 1 FROM t WHERE a IN ({', '.join(items)}) AND b = 1" for items in lists)
    assert fingerprint(one, "postgresql") == fingerprint(other, "postgresql")


@given(spaces=st.lists(SPACES, min_size=13, max_size=13), dialect=st.sampled_from(DIALECTS))
def test_white_space_does_not_matter(spaces: list[str], dialect: str | None) -> None:
    words = ["SELECT", "a", ",", "count", "(", "*", ")", "FROM", "t", "WHERE", "b", "=", "'x'"]
    spaced = "".join(word + space for word, space in zip(words, spaces, strict=True))
    assert fingerprint(spaced, dialect) == fingerprint(" ".join(words), dialect)


SQL_LIKE = st.lists(
    st.one_of(
        NAMES,
        LITERALS,
        st.sampled_from(
            [
                "SELECT",
                "FROM",
                "WHERE",
                "IN",
                "VALUES",
                "(",
                ")",
                "[",
                "]",
                ",",
                ".",
                "::",
                "ORDER",
                "BY",
                "1",
                "GROUP",
                "BY",
                "-",
                "+",
                "*",
                ";",
                "NULL",
                "ARRAY",
                "int",
                "varchar(3)",
                "AND",
                "ON",
                "CASE",
                "END",
                "<",
                ">",
                "=",
                "!=",
                "||",
                "->",
                "->>",
                "--",
                "/*",
                "*/",
                "`x`",
                "$$",
                "E'",
            ]
        ),
    ),
    max_size=30,
)


@given(tokens=SQL_LIKE, dialect=st.sampled_from(DIALECTS))
@settings(max_examples=500)
def test_a_fingerprint_is_its_own_fingerprint(tokens: list[str], dialect: str | None) -> None:
    once = fingerprint(" ".join(tokens), dialect)
    assert fingerprint(once, dialect) == once


@given(text=st.text(), dialect=st.sampled_from(DIALECTS))
def test_no_text_raises(text: str, dialect: str | None) -> None:
    assert isinstance(fingerprint(text, dialect), str)


@given(text=st.text(alphabet="'\"`$/*-\\?%:@()[],.;eE1 a\n\x01\x00", max_size=60))
@settings(max_examples=300)
def test_no_text_of_marks_raises(text: str) -> None:
    for dialect in DIALECTS:
        fingerprint(text, dialect)


PATHOLOGICAL = {
    "open comments": "/*" * 100_000,
    "nested comments": "/*" * 100_000 + "*/" * 100_000,
    "unbalanced quotes": "'" * 1_000_001,
    "long string": "SELECT '" + "x" * 10_000_000 + "'",
    "long list": "SELECT a FROM t WHERE b IN (" + "1, " * 3_000_000 + "1) AND c = 2",
    "long placeholders": "SELECT a FROM t WHERE b IN (" + "?," * 1_000_000 + "?) AND c = 2",
    "many rows": "INSERT INTO t(a) VALUES " + "('abcdef', 12), " * 60_000 + "(1, 2)",
    "deep parentheses": "(" * 200_000 + ")" * 200_000,
    "closing parentheses": "VALUES (1)" + ")" * 100_000 + ", (1)" * 10_000 + ")" * 100_000,
    "rows of parentheses": "VALUES (1), (" + ")" * 300_000,
    "rows that open twice": "VALUES (1)" + ", ((1)" * 50_000,
    "rows and words": "VALUES (1, now())" + ", (1, now())" * 20_000,
    "dollar tags": "".join(f"$a{n}$" for n in range(50_000)),
    "digits": "1" * 300_000 + "a",
    "white space": "SELECT" + " " * 3_000_000 + "a",
    "casts": "?" + "::a" * 100_000,
    "a cast's digits": "?::a(" + "1" * 100_000 + "x",
    "backslashes": "SELECT E'" + "\\'" * 100_000,
    "percents": "%(" * 300_000,
    "commas": "," * 500_000,
}


@pytest.mark.parametrize("dialect", [None, "postgresql", "mysql"])
@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_hard_texts_take_linear_time(name: str, dialect: str | None) -> None:
    text = PATHOLOGICAL[name]
    half = elapsed(text[: len(text) // 2], dialect)
    whole = elapsed(text, dialect)
    assert half < 6
    assert whole < 6 * half + 1


def elapsed(text: str, dialect: str | None) -> float:
    start = time.process_time()
    fingerprint(text, dialect)
    return time.process_time() - start


@pytest.mark.parametrize("name", ["long string", "long list", "open comments"])
def test_hard_texts_take_little_more_memory_than_their_own_size(name: str) -> None:
    text = PATHOLOGICAL[name]
    tracemalloc.start()
    fingerprint(text, "postgresql")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_list_that_never_ends_is_known_by_its_start() -> None:
    long = fingerprint("SELECT " + ", ".join(f"c{n}" for n in range(20_000)) + " FROM t")
    assert long.endswith(" ...")
    assert fingerprint(long) == long


@pytest.mark.parametrize(
    ("sql", "same"),
    [
        ("SELECT 1;", "select 1"),
        ("SELECT 1 ; ;", "select 2;\n"),
        ("replace INTO t VALUES (1)", "REPLACE INTO t VALUES (2)"),
        ("call p(1)", "CALL p(2)"),
        ("show tables", "SHOW tables"),
    ],
)
def test_how_a_statement_begins_and_ends_makes_no_class(sql: str, same: str) -> None:
    assert fingerprint(sql, "mysql") == fingerprint(same, "mysql")
    assert not fingerprint(sql).endswith(";")


def test_several_statements_in_one_keep_their_ends() -> None:
    assert fingerprint("begin; select 1;") == "BEGIN; SELECT ?"
