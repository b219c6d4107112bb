import pytest

from asa.sql.statement import Kind, kind, single_statement

KINDS = [
    ("SELECT 1", Kind.SELECT),
    ("/* tag */ (select 1) union (select 2)", Kind.SELECT),
    ("-- line\nINSERT INTO t VALUES (1)", Kind.INSERT),
    ("update t set a = 1", Kind.UPDATE),
    ("DELETE FROM t", Kind.DELETE),
    ("CREATE TABLE t (a int)", Kind.DDL),
    ("begin", Kind.TRANSACTION),
    ("SAVEPOINT a", Kind.TRANSACTION),
    ("VACUUM", Kind.OTHER),
    ("", Kind.OTHER),
    ("WITH a AS (SELECT 1) SELECT * FROM a", Kind.SELECT),
    ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", Kind.INSERT),
    ("WITH a AS (DELETE FROM t RETURNING id) SELECT * FROM a", Kind.DELETE),
    ("WITH a AS (SELECT 'delete' AS x) SELECT replace(x, 'a', 'b') FROM a", Kind.SELECT),
    ("WITH a AS (SELECT 1) SELECT * FROM a FOR UPDATE", Kind.SELECT),
]


@pytest.mark.parametrize(("sql", "expected"), KINDS)
def test_kind(sql: str, expected: Kind) -> None:
    assert kind(sql) is expected


SINGLE = [
    ("SELECT 1", "SELECT 1"),
    (" SELECT 1 ; ; ", "SELECT 1"),
    ("SELECT ';' ; -- the end", "SELECT ';'"),
    ("SELECT 1; SELECT 2", None),
    ("SELECT 1; /* ; */ DROP TABLE t", None),
    ("-- nothing", None),
    ("", None),
]


@pytest.mark.parametrize(("sql", "expected"), SINGLE)
def test_single_statement(sql: str, expected: str | None) -> None:
    assert single_statement(sql) == expected


def test_a_statement_hidden_behind_a_backslash_is_seen() -> None:
    """MySQL reads \\' as a quote in the string; SQLite ends the string there."""
    sql = "SELECT 'a\\'; DROP TABLE t; -- '"
    assert single_statement(sql, "sqlite") is None
    assert single_statement(sql, "mysql") == sql
