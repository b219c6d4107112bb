"""The kinds of statement that the Percona tools publish fingerprints of, judged the same.

Where asa differs it does so on purpose, as `KEPT_APART` lists: each pair is one class there.
"""

import pytest

from asa.sql.fingerprint import fingerprint

ONE_CLASS = [
    ("select null, 5.001, 5001. from foo", "select 1, 'a', 2 from foo"),
    (r"""select 'a', '\nb\n', "c", '\'' from foo""", "select 1, 2, 3, 4 from foo"),
    ("select * from foo where a = 5 -- bar\n", "select * from foo where a = 6"),
    ("select a -- bar\n,b from foo", "select a, b from foo"),
    ("/* -- ABORTABLE -- user: x */SELECT a FROM t", "SELECT a FROM t"),
    ("select a from t where b in (5) and c in (5, 8,9 ,9 , 10)",
     "select a from t where b in(1,2) and c in ( 1 )"),
    ("select a from t where (t.b IN  ('1412', '1410'))", "select a from t where (t.b IN (1))"),
    ("insert into foo(a, b) values(2, 4)", "INSERT INTO foo(a,b) VALUES (2, 4) , (3, 5),(1,1)"),
    ("insert into foo values (1, '(2)', 'A trick: ). More.', 4)", "insert into foo values (5)"),
    ("insert into t(a) values (1) on duplicate key update a=values(a), n=n+1",
     "insert into t(a) values (2),(3) on duplicate key update a=values(a), n=n+5"),
    ("select c from t where i=1 order by c asc", "select c from t where i=2 order by c"),
    ("select c from t where i=1 order by a, b ASC, d DESC, e asc",
     "select c from t where i=1 order by a, b, d DESC, e"),
    ("select a from t where b = +1 and c = -5.5e10 and d = 0x0F and e = b'01'",
     "select a from t where b = 1 and c = 5 and d = 7 and e = 3"),
    ("select a from t where b='x' limit 5", "select a from t where b='y' limit 10"),
    ("load data infile '/tmp/a.txt' into table db.t", "load data infile '/b' into table db.t"),
    ("update t set a = null, b = true where c = 1", "update t set a = 5, b = false where c = 2"),
    ("call foo(1, 2, 3)", "call foo(4, 5, 'x')"),
    ("select a from t where b between '2011-01-01' and '2012-01-01'",
     "select a from t where b between 1 and 2"),
    ("select _utf8'a', n'b', x'ff', 'it''s' from t", "select 1, 2, 3, 4 from t"),
]  # fmt: skip

KEPT_APART = {
    "digits in a name: another table, not another value": (
        "select a from foo_1",
        "select a from foo_2",
    ),
    "another database": ("use shop", "use other"),
    "an OFFSET reads and throws away": ("select a from t limit 5", "select a from t limit 5, 10"),
    "each SELECT of a UNION is planned": ("select 1", "select 1 union select 2"),
    "IS NULL takes an index, = ? takes none for NULL": (
        "select a from t where b is null",
        "select a from t where b is not null",
    ),
    "another procedure call may have other arguments": ("call foo(1)", "call foo(1, 2)"),
    "a mysqldump is a statement like any other": (
        "SELECT /*!40001 SQL_NO_CACHE */ * FROM `film`",
        "SELECT /*!40001 SQL_NO_CACHE */ * FROM `actor`",
    ),
    "one value is no list": ("select a from t where b = 1", "select a from t where b in (1)"),
}


@pytest.mark.parametrize(("one", "other"), ONE_CLASS)
def test_what_they_merge_is_merged(one: str, other: str) -> None:
    assert fingerprint(one, "mysql") == fingerprint(other, "mysql")


@pytest.mark.parametrize("reason", KEPT_APART)
def test_what_a_person_keeps_apart_is_kept_apart(reason: str) -> None:
    one, other = KEPT_APART[reason]
    assert fingerprint(one, "mysql") != fingerprint(other, "mysql")
