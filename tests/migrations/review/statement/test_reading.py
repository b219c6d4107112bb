"""Raw SQL is read into the operations that Alembic's own calls would be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asa.migrations.review.statement import operations_in
from asa.model.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    Change,
    ChangeRows,
    Command,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    ExecuteSql,
    InsertRows,
    NewColumn,
    Operation,
    RenameTable,
    ValidateConstraint,
)

REFERENCE = ("b", ("id",))
WORDS = """
    alter table t add drop column constraint x int ( ) , ; ' " $$ -- /* not null default check
    unique foreign key references update set where with select create index on
"""


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "ALTER TABLE ONLY public.t ADD COLUMN x varchar(20) DEFAULT 'a;''b' NOT NULL -- now",
            [AddColumn("t", NewColumn("x", "varchar(20)", nullable=False, default="'a;''b'"))],
        ),
        (
            'alter table "Some"."T" drop "A b", drop column if exists c cascade',
            [DropColumn("Some.T", "A b"), DropColumn("Some.T", "c")],
        ),
        (
            """ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (x, y) REFERENCES b (id)
            ON UPDATE SET NULL ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED NOT VALID""",
            [
                AddConstraint(
                    "foreign key",
                    "t",
                    "f",
                    ("x", "y"),
                    target=REFERENCE,
                    on_delete="SET DEFAULT",
                    validated=False,
                )
            ],
        ),
        ("ALTER TABLE t VALIDATE CONSTRAINT f", [ValidateConstraint("t", "f")]),
        (
            "ALTER TABLE t ALTER COLUMN x TYPE timestamp with time zone USING x AT TIME ZONE 'UTC'",
            [
                AlterColumn(
                    "t",
                    "x",
                    (Change("type", None, "timestamp with time zone"),),
                    using="x AT TIME ZONE 'UTC'",
                )
            ],
        ),
        ("ALTER TABLE t RENAME TO u", [RenameTable("t", "u")]),
        ("ALTER TABLE s.t RENAME TO u", [RenameTable("s.t", "s.u")]),
        ("ALTER TABLE t DROP CONSTRAINT IF EXISTS c", [DropConstraint("constraint", "t", "c")]),
        (
            """CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t
            USING gin (lower(a), b DESC) INCLUDE (c) WHERE a IS NOT NULL""",
            [CreateIndex("i", "t", ("lower(a)", "b"), True, "a IS NOT NULL", True, "gin")],
        ),
        (
            "DROP INDEX CONCURRENTLY a, s.b",
            [DropIndex("a", None, True), DropIndex("s.b", None, True)],
        ),
        ("DROP TABLE IF EXISTS a, b", [DropTable("a"), DropTable("b")]),
        ("/* why */ DELETE FROM t USING u WHERE u.id = t.u_id", [ChangeRows("delete", "t", "all")]),
        ("UPDATE t SET a = 1 WHERE b IS NULL", [ChangeRows("update", "t", "all", ("b",))]),
        ("UPDATE t SET a = 1 WHERE b = %(b)s", [ChangeRows("update", "t", "some")]),
        ("INSERT INTO t (a) VALUES (1), (2), ('x)')", [InsertRows("t", 3)]),
        ("INSERT INTO t SELECT * FROM u", [ChangeRows("insert", "t", "all")]),
        ("DO $x$ BEGIN DROP TABLE t; END $x$", [ExecuteSql("DO $x$ BEGIN DROP TABLE t; END $x$")]),
        ("", []),
        (" ; ;", []),
    ],
)  # fmt: skip
def test_postgresql(sql: str, expected: list[Operation]) -> None:
    assert list(operations_in(sql, "postgresql")) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "ALTER TABLE `a b` MODIFY COLUMN x varchar(9) CHARACTER SET utf8mb4 NOT NULL",
            [
                AlterColumn(
                    "a b",
                    "x",
                    (Change("type", None, "varchar(9)"), Change("null", None, "not null")),
                    default_known=False,
                    complete=False,
                )
            ],
        ),
        ("RENAME TABLE a TO b, c TO d", [RenameTable("a", "b"), RenameTable("c", "d")]),
        ("DROP INDEX i ON t", [DropIndex("i", "t")]),
        (
            "ALTER TABLE t ADD FULLTEXT INDEX f (a), DROP FOREIGN KEY k, DROP PRIMARY KEY",
            [
                CreateIndex("f", "t", ("a",), method="fulltext"),
                DropConstraint("foreign key", "t", "k"),
                DropConstraint("primary key", "t"),
            ],
        ),
        ("DELETE FROM t LIMIT 100", [ChangeRows("delete", "t", "batch")]),
    ],
)
def test_mysql(sql: str, expected: list[Operation]) -> None:
    assert list(operations_in(sql, "mysql")) == expected


def test_a_new_table_with_all_that_belongs_to_it() -> None:
    sql = """
    CREATE TABLE IF NOT EXISTS t (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        b_id int NOT NULL REFERENCES b (id) ON DELETE CASCADE,
        total int GENERATED ALWAYS AS (1 + 1) STORED,
        CONSTRAINT u UNIQUE (b_id),
        CHECK (total > 0)
    )
    """
    (table,) = operations_in(sql, "postgresql")
    assert isinstance(table, CreateTable)
    identity, key, total = table.columns
    assert (identity.identity, identity.primary_key, key.nullable) == (True, True, False)
    assert total.stored
    kinds = [(c.kind, c.name) for c in table.constraints]
    assert kinds == [
        ("primary key", None),
        ("foreign key", None),
        ("unique", "u"),
        ("check", None),
    ]


def test_a_routine_stays_whole() -> None:
    sql = "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; UPDATE c SET d = 1; END"
    (command,) = operations_in(sql, "sqlite")
    assert isinstance(command, Command)
    assert (command.verb, command.subject) == ("create trigger", "t")


@given(
    st.lists(
        st.sampled_from(WORDS.split()),
        max_size=20,
    ),
    st.sampled_from(("postgresql", "mysql", "sqlite")),
)
def test_whatever_is_written_is_read_without_an_error(words: list[str], dialect: str) -> None:
    list(operations_in(" ".join(words), dialect))
