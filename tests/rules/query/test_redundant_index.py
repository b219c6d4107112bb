import pytest
from tests.rules.cases import case, findings, table

from asa.model.finding import Severity
from asa.model.fix import DropIndex
from asa.model.schema import Index
from asa.rules.query.redundant_index import RULE

LONG = Index("ix_long", ("user_id", "placed"))


def dropped(*indexes: Index) -> list[str]:
    orders = table("orders", "user_id", "placed", indexes=indexes)
    found = findings(RULE, case(tables=(orders,)))
    return [f.fix.name for f in found if isinstance(f.fix, DropIndex)]


def test_the_beginning_of_another_index_is_redundant() -> None:
    orders = table("orders", "user_id", "placed", indexes=(Index("ix", ("user_id",)), LONG))
    (found,) = findings(RULE, case(tables=(orders,)))
    assert found.subject == "ix on orders (user_id)"
    assert found.severity is Severity.WARNING
    assert found.fix == DropIndex("orders", "ix", "DROP INDEX ix")
    assert ("beside", "ix_long: it begins (user_id, placed)") in found.evidence


def test_a_unique_index_may_be_the_longer_one() -> None:
    assert dropped(Index("ix", ("user_id",)), Index("uq", ("user_id", "placed"), unique=True))


@pytest.mark.parametrize(
    "short",
    [
        Index("ix", ("user_id",), unique=True),
        Index("ix", ("user_id",), constraint=True),
        Index("ix", ("user_id",), where="placed > 0"),
        Index("ix", ("user_id",), valid=False),
        Index("ix", ("placed",)),
        Index("ix", ("user_id DESC",)),
        Index("ix", ("hash user_id",)),
        Index("ix", ("user_id", "placed")),
    ],
    ids=["unique", "constraint", "partial", "invalid", "other", "falling", "hash", "duplicate"],
)
def test_what_does_more_than_begin_another_one_is_kept(short: Index) -> None:
    assert not dropped(short, LONG)


@pytest.mark.parametrize(
    "long",
    [
        Index("ix_long", ("user_id", "placed"), where="placed > 0"),
        Index("ix_long", ("user_id", "placed"), valid=False),
    ],
    ids=["partial", "invalid"],
)
def test_a_longer_index_that_cannot_serve_all_makes_nothing_redundant(long: Index) -> None:
    assert not dropped(Index("ix", ("user_id",)), long)


def test_without_a_schema_nothing_is_said() -> None:
    assert not findings(RULE, case())
