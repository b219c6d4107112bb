"""Statements as words: what is quoted, bracketed or commented is never taken for a word."""

import time

import pytest

from asa.sql.words import Reader, statements_of, words_of


def test_strings_names_and_comments_hide_their_words() -> None:
    sql = (
        "select 'drop' \"table\" /* alter */ x -- rename\n from `t` $$ delete $$ where a = E'\\'b'"
    )
    bare = [word.lower for word in words_of(sql) if word.lower]
    assert bare == ["select", "x", "from", "where", "a"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a; b ;", ["a", "b"]),
        ("a 'x;y'; b", ["a 'x;y'", "b"]),
        ("do $f$ a; b $f$; c", ["do $f$ a; b $f$", "c"]),
        ("a -- x;\n; b", ["a -- x;", "b"]),
        ("create function f() begin a; end", ["create function f() begin a; end"]),
    ],
)
def test_statements_end_outside_of_quotes(sql: str, expected: list[str]) -> None:
    assert list(statements_of(sql)) == expected


@pytest.mark.parametrize(
    ("text", "dialect", "name"),
    [
        ("Users", "postgresql", "users"),
        ('"Users"', "postgresql", "Users"),
        ("public.users", "postgresql", "users"),
        ('app."or""ders"', "postgresql", 'app.or"ders'),
        ("Users", "mysql", "Users"),
        ("`a b`", "mysql", "a b"),
        ("main.users", "sqlite", "users"),
        ("(x)", "postgresql", ""),
    ],
)
def test_a_name_is_as_the_catalog_stores_it(text: str, dialect: str, name: str) -> None:
    assert Reader(text, dialect).name() == name


def test_parts_are_cut_outside_of_brackets() -> None:
    reader = Reader("add x numeric(10, 2), drop y, check (a in (1, 2))", "postgresql")
    parts = [part.sql for part in reader.parts()]
    assert parts == ["add x numeric(10, 2)", "drop y", "check (a in (1, 2))"]


@pytest.mark.parametrize("mark", ["'", '"', "$$", "/*", "(", "-- ", "$a", "''", "E'\\"])
def test_time_is_linear_whatever_is_not_closed(mark: str) -> None:
    start = time.process_time()
    list(statements_of(mark * 100_000))
    assert time.process_time() - start < 5
