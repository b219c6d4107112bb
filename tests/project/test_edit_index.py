"""Indexes are written where the table is declared, in the manner of what stands there."""

import pytest

from asa.model.fix import AddIndex, keys
from asa.model.schema import Index
from asa.project.edit import Declaration, NotEdited, with_index, without_index

HEAD = """\
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
"""
COLUMNS = """\
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    text: Mapped[str]
"""
CORE = """\
import sqlalchemy as sa

orders = sa.Table(
    "orders",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.Integer),
    schema="shop",
)
"""
ORDER = Declaration("orders", "Order", (("customer_id", "customer_id"), ("text", "text")))
TABLE = Declaration("orders")
ENTRY = 'Index("ix_orders_new", "customer_id", "id")'
OPTIONS = '{"schema": "shop"}'


def index(*names: str, **facts: object) -> AddIndex:
    return AddIndex("orders", keys(*names), "ix_orders_new", "", dialect="postgresql", **facts)  # type: ignore[arg-type]


def added(text: str, wanted: AddIndex, declared: Declaration = ORDER, *, flag: bool = False) -> str:
    result = with_index(text, declared, wanted, flag=flag)
    assert isinstance(result, str), result
    compile(result, "models.py", "exec")
    return result


@pytest.mark.parametrize(
    ("column", "line"),
    [
        ("customer_id", 'mapped_column(ForeignKey("customers.id"), index=True)'),
        ("text", "text: Mapped[str] = mapped_column(index=True)"),
    ],
)
def test_a_single_column_gets_a_flag_and_loses_it(column: str, line: str) -> None:
    text = HEAD + COLUMNS
    result = added(text, index(column), flag=True)
    assert line in result
    undone = without_index(result, ORDER, Index("ix_orders_new", (column,)))
    assert isinstance(undone, str)
    assert "index" not in undone


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '(Index("ix_orders_new", "customer_id", "id"),)'),
        (
            '    __table_args__ = {"schema": "shop"}\n',
            '(Index("ix_orders_new", "customer_id", "id"), {"schema": "shop"})',
        ),
        (
            '    __table_args__ = (Check("x"),)\n',
            '(Check("x"), Index("ix_orders_new", "customer_id", "id"))',
        ),
        (
            '    __table_args__ = (\n        Check("x"),\n        {"schema": "shop"},\n    )\n',
            f"(\n        Check('x'),\n        {ENTRY},\n        {OPTIONS},\n    )".replace(
                "'", '"'
            ),
        ),
        (
            '    __table_args__ = (\n        Check("x"),\n    )\n',
            '(\n        Check("x"),\n        Index("ix_orders_new", "customer_id", "id"),\n    )',
        ),
    ],
)
def test_several_columns_go_into_the_tables_arguments(before: str, after: str) -> None:
    result = added(HEAD + before + COLUMNS, index("customer_id", "id"))
    assert f"    __table_args__ = {after}\n" in result
    assert "from sqlalchemy import Index, " in result
    undone = without_index(result, ORDER, Index("ix_orders_new", ("customer_id", "id")))
    assert isinstance(undone, str)
    assert "Index" not in undone


def test_what_grows_too_long_for_a_line_gets_several() -> None:
    before = (
        '    __table_args__ = (Index("ix_orders_customer_id_and_more", "customer_id", "id"),)\n'
    )
    result = added(HEAD + before + COLUMNS, index("customer_id", "id"))
    assert f'more", "customer_id", "id"),\n        {ENTRY},\n    )\n' in result


def test_a_column_named_text_does_not_stand_in_for_the_function() -> None:
    result = added(HEAD + COLUMNS, index("customer_id", where="text IS NULL"))
    assert "text as sql_text" in result
    assert 'postgresql_where=sql_text("text IS NULL")' in result


def test_a_falling_key_is_spelt_by_the_attribute_below_the_class() -> None:
    result = added(HEAD + COLUMNS, index("customer_id", "text DESC"))
    assert '\n\n\nIndex("ix_orders_new", Order.customer_id, Order.text.desc())\n' in result
    undone = without_index(result, ORDER, Index("ix_orders_new", ("customer_id", "text DESC")))
    assert isinstance(undone, str)
    assert "Index" not in undone


def test_a_bare_table_gets_it_before_its_options() -> None:
    flagged = added(CORE, index("customer_id"), TABLE, flag=True)
    assert 'sa.Column("customer_id", sa.Integer, index=True),\n' in flagged
    result = added(CORE, index("customer_id", "id"), TABLE)
    assert '    sa.Index("ix_orders_new", "customer_id", "id"),\n    schema="shop",\n' in result
    assert without_index(result, TABLE, Index("ix_orders_new", ("customer_id", "id"))) == CORE


@pytest.mark.parametrize(
    "body",
    [
        "    __table_args__ = arguments()\n",
        "    @declared_attr\n    def __table_args__(cls):\n        return ()\n",
    ],
)
def test_computed_arguments_are_left_alone(body: str) -> None:
    assert isinstance(
        with_index(HEAD + body + COLUMNS, ORDER, index("customer_id", "id"), flag=False), NotEdited
    )


def test_arguments_of_another_class_are_not_hidden() -> None:
    heir = Declaration("orders", "Order", ORDER.attributes, inherits=True)
    result = with_index(HEAD + COLUMNS, heir, index("customer_id", "id"), flag=False)
    assert result == NotEdited("Order has __table_args__ of another class")


def test_an_index_that_nothing_spells_is_not_found() -> None:
    result = without_index(HEAD + COLUMNS, ORDER, Index("ix_other", ("customer_id",)))
    assert result == NotEdited("nothing there spells the index ix_other")
