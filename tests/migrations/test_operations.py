"""Alembic's operations become plain data, each with its line."""

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects import mysql, postgresql

from asa.migrations.operations import translate
from asa.model.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    ChangeComment,
    CreateIndex,
    CreateTable,
    CustomOperation,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    ExecuteSql,
    InsertRows,
    Operation,
    RenameTable,
)

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def one(operation: ops.MigrateOperation) -> Operation:
    (translated,) = translate([operation], DIALECT)
    return translated


def line(operation: Operation) -> str:
    description = operation.description
    words = (description.sign, description.kind, description.subject, description.remark)
    return " ".join(word for word in words if word)


class PluginOp(ops.MigrateOperation):
    """Replace a view."""


@pytest.mark.parametrize(
    ("operation", "kind", "text"),
    [
        (
            ops.CreateTableOp(
                "orders",
                [
                    sa.Column("id", sa.Integer, primary_key=True),
                    sa.Column("customer_id", sa.Integer, sa.ForeignKey("sales.customers.id")),
                ],
                schema="sales",
            ),
            CreateTable,
            "+ table sales.orders 2 columns, fk to sales.customers.id",
        ),
        (ops.DropTableOp("orders"), DropTable, "- table orders its rows go with it"),
        (ops.RenameTableOp("a", "b"), RenameTable, "~ table a renamed b"),
        (ops.CreateTableCommentOp("a", "words"), ChangeComment, "~ comment a"),
        (ops.DropTableCommentOp("a"), ChangeComment, "~ comment a dropped"),
        (
            ops.AddColumnOp("a", sa.Column("n", sa.BigInteger, nullable=False, server_default="0")),
            AddColumn,
            "+ column a.n bigint, not null, with default",
        ),
        (ops.DropColumnOp("a", "n"), DropColumn, "- column a.n its values go with it"),
        (
            ops.AlterColumnOp("a", "n", existing_type=sa.Integer(), modify_type=sa.BigInteger()),
            AlterColumn,
            "~ column a.n integer to bigint",
        ),
        (
            ops.AlterColumnOp("a", "n", modify_nullable=False),
            AlterColumn,
            "~ column a.n not null",
        ),
        (
            ops.AlterColumnOp("a", "n", modify_name="m"),
            AlterColumn,
            "~ column a.n renamed m",
        ),
        (
            ops.AlterColumnOp("a", "n", modify_server_default=None),
            AlterColumn,
            "~ column a.n default dropped",
        ),
        (ops.CreateIndexOp("ix", "a", ["x", "y"]), CreateIndex, "+ index ix a (x, y)"),
        (
            ops.CreateIndexOp("ux", "a", [sa.text("lower(x)")], unique=True),
            CreateIndex,
            "+ unique ux a (lower(x))",
        ),
        (ops.DropIndexOp("ix", "a"), DropIndex, "- index ix of a"),
        (
            ops.CreateForeignKeyOp("fk", "a", "b", ["b_id"], ["id"], ondelete="CASCADE"),
            AddConstraint,
            "+ foreign key fk to b.id",
        ),
        (
            ops.CreateUniqueConstraintOp("uq", "a", ["x"]),
            AddConstraint,
            "+ unique uq a (x)",
        ),
        (ops.CreateCheckConstraintOp("ck", "a", sa.text("x > 0")), AddConstraint, "+ check ck a"),
        (ops.CreatePrimaryKeyOp("pk", "a", ["id"]), AddConstraint, "+ primary key pk a (id)"),
        (
            ops.DropConstraintOp("fk", "a", type_="foreignkey"),
            DropConstraint,
            "- foreign key fk of a",
        ),
        (
            ops.BulkInsertOp(sa.table("a", sa.column("x")), [{"x": 1}, {"x": 2}]),
            InsertRows,
            "+ rows a 2",
        ),
        (ops.ExecuteSQLOp("UPDATE a\n  SET x = 1"), ExecuteSql, "~ sql UPDATE a SET x = 1"),
        (PluginOp(), CustomOperation, "~ custom PluginOp Replace a view."),
    ],
)
def test_every_operation_has_its_line(
    operation: ops.MigrateOperation, kind: type[Operation], text: str
) -> None:
    translated = one(operation)
    assert isinstance(translated, kind)
    assert line(translated) == text


def test_containers_are_entered_in_order() -> None:
    inner = ops.ModifyTableOps("a", [ops.DropIndexOp("i1", "a"), ops.DropIndexOp("i2", "a")])
    translated = translate([inner, ops.DropTableOp("b")], DIALECT)
    assert [type(operation) for operation in translated] == [DropIndex, DropIndex, DropTable]


def test_an_index_keeps_what_decides_its_lock() -> None:
    options: dict[str, Any] = {
        "postgresql_concurrently": True,
        "postgresql_where": sa.text("x > 0"),
    }
    translated = one(ops.CreateIndexOp("ix", "a", ["x"], **options))
    assert isinstance(translated, CreateIndex)
    assert translated.concurrently
    assert translated.where == "x > 0"


def test_a_foreign_key_keeps_its_cascade() -> None:
    translated = one(ops.CreateForeignKeyOp("fk", "a", "b", ["b_id"], ["id"], ondelete="CASCADE"))
    assert isinstance(translated, AddConstraint)
    assert translated.on_delete == "CASCADE"
    assert translated.target == ("b", ("id",))


def test_types_are_in_the_databases_spelling() -> None:
    operation = ops.AddColumnOp("a", sa.Column("b", sa.Boolean))
    (on_mysql,) = translate([operation], mysql.dialect())
    assert isinstance(on_mysql, AddColumn)
    assert on_mysql.column.type == "BOOL"


def test_mysql_is_told_where_nullability_is_unknown() -> None:
    unknown = one(ops.AlterColumnOp("a", "n", modify_type=sa.BigInteger()))
    assert isinstance(unknown, AlterColumn)
    assert not unknown.nullable_known
    known = one(ops.AlterColumnOp("a", "n", modify_type=sa.BigInteger(), existing_nullable=False))
    assert isinstance(known, AlterColumn)
    assert known.nullable_known
