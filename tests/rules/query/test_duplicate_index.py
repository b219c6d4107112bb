from tests.rules.cases import case, findings, table

from asa.model.fix import DropIndex
from asa.model.schema import Index
from asa.rules.query.duplicate_index import RULE


def dropped(*indexes: Index) -> list[str]:
    orders = table("orders", "user_id", "placed", indexes=indexes)
    found = findings(RULE, case(tables=(orders,)))
    return [f.fix.name for f in found if isinstance(f.fix, DropIndex)]


def test_of_two_alike_one_is_dropped() -> None:
    assert dropped(Index("b", ("user_id",)), Index("a", ("user_id",))) == ["b"]


def test_of_three_alike_one_is_kept() -> None:
    assert dropped(*(Index(n, ("user_id",)) for n in "abc")) == ["b", "c"]


def test_the_one_without_a_constraint_is_dropped() -> None:
    unique = Index("z", ("user_id",), unique=True, constraint=True)
    assert dropped(Index("a", ("user_id",)), unique) == ["a"]
    assert dropped(Index("ix", ("id",))) == ["ix"]


def test_indexes_that_differ_are_kept() -> None:
    assert not dropped(
        Index("a", ("user_id",)),
        Index("b", ("user_id DESC",)),
        Index("c", ("user_id",), where="placed > 0"),
        Index("d", ("user_id", "placed")),
        Index("e", ("placed", "user_id")),
        Index("f", ("user_id",), valid=False),
    )


def test_two_unique_ones_are_left_to_their_owner() -> None:
    one, two = (Index(n, ("user_id",), unique=True) for n in "ab")
    assert not dropped(one, two)
