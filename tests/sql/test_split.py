import pytest
from hypothesis import given
from hypothesis import strategies as st

from asa.sql.split import Skipped, Statement, split


def read(text: str, dialect: str | None = None) -> list[Statement | Skipped]:
    return list(split(enumerate(text.splitlines(keepends=True), 1), dialect))


def texts(text: str, dialect: str | None = None) -> list[str]:
    return [entry.text for entry in read(text, dialect) if isinstance(entry, Statement)]


def test_each_statement_has_its_line() -> None:
    script = "-- head\n\nSELECT 1;\n/* two\nlines */ SELECT\n 2; SELECT 3\n"
    assert read(script) == [
        Statement("SELECT 1", 3),
        Statement("SELECT\n 2", 5),
        Statement("SELECT 3", 6),
    ]


WHOLE = [
    ("SELECT 'a;b''c;'", None),
    ('SELECT "a;b"', None),
    ("SELECT `a;b`", "mysql"),
    ("SELECT 'it\\'s; x'", "mysql"),
    ("SELECT E'it\\'s; x'", "postgresql"),
    ("SELECT 1 -- a; b\n, 2", None),
    ("SELECT 1 /* a;\n b; */, 2", None),
    ("SELECT 1 /* a /* ; */ ; */, 2", "postgresql"),
    ("SELECT 1 # a; b\n, 2", "mysql"),
    ("DO $$ BEGIN a; END $$", "postgresql"),
    ("CREATE FUNCTION f() RETURNS int AS $x$ a; $$ b; $x$ LANGUAGE sql", "postgresql"),
    (("CREATE TRIGGER r AFTER INSERT ON t BEGIN\nUPDATE u SET a = CASE 1 WHEN 1 THEN 2 END;\n"
     "DELETE FROM v;\nEND"), "sqlite"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "dialect"), WHOLE)
def test_a_semicolon_inside_ends_nothing(statement: str, dialect: str | None) -> None:
    assert texts(f"{statement};\nSELECT 2;\n", dialect) == [statement, "SELECT 2"]


def test_the_clients_delimiter_is_obeyed() -> None:
    script = "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\nDELIMITER ;\nSELECT 2;"
    assert texts(script, "mysql") == ["CREATE PROCEDURE p() BEGIN SELECT 1; END", "SELECT 2"]


def test_other_client_commands_are_skipped_with_a_reason() -> None:
    assert read("\\c shop\nSELECT 1\\G\n.mode csv\nSELECT 2;\n") == [
        Skipped(1, "client command \\c is not SQL"),
        Statement("SELECT 1", 2),
        Skipped(3, "client command .mode is not SQL"),
        Statement("SELECT 2", 4),
    ]


def test_the_data_behind_copy_is_no_sql() -> None:
    script = "COPY t (a) FROM stdin;\n1;DROP TABLE t;\n\\.\nSELECT 1;\n"
    assert texts(script, "postgresql") == ["COPY t (a) FROM stdin", "SELECT 1"]


def test_an_open_quote_is_told_and_not_guessed() -> None:
    assert read("SELECT 1;\nSELECT 'a;\nSELECT 2;\n") == [
        Statement("SELECT 1", 1),
        Skipped(2, "quote ' is not closed"),
    ]


@given(st.text(alphabet="'\"`$/*-\\; aE\n#", max_size=80))
def test_no_text_raises(text: str) -> None:
    for dialect in (None, "postgresql", "mysql", "sqlite"):
        read(text, dialect)


@given(st.lists(st.integers(0, 9).map("SELECT {}".format), max_size=8))
def test_statements_come_back_as_they_were_joined(statements: list[str]) -> None:
    assert texts(";\n".join(statements)) == statements
