from dataclasses import replace

from tests.rules.cases import case, findings, table

from asa.model.fix import DropIndex
from asa.model.schema import Index
from asa.rules.query.invalid_index import RULE

LEFT = Index("ix_orders_user_id", ("user_id",), valid=False)


def test_an_index_left_behind_is_to_be_dropped() -> None:
    of = replace(case(tables=(table("orders", "user_id", indexes=(LEFT,)),)), dialect="postgresql")
    (found,) = findings(RULE, of)
    assert found.subject == "ix_orders_user_id on orders (user_id)"
    assert found.fix == DropIndex(
        "orders", "ix_orders_user_id", "DROP INDEX CONCURRENTLY ix_orders_user_id"
    )


def test_a_valid_one_stays() -> None:
    whole = table("orders", "user_id", indexes=(replace(LEFT, valid=True),))
    assert not findings(RULE, case(tables=(whole,)))


def test_one_that_bears_a_constraint_is_left_to_its_constraint() -> None:
    bound = table("orders", "user_id", indexes=(replace(LEFT, constraint=True),))
    assert not findings(RULE, case(tables=(bound,)))
