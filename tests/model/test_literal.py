from datetime import date
from decimal import Decimal

import pytest

from asa.model.literal import assignments, literal
from asa.model.parameter import Withheld


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (7, "7"),
        (Decimal("1.50"), "1.50"),
        ("it's", "'it''s'"),
        (b"\xff", "X'ff'"),
        ([1, None], "ARRAY[1, NULL]"),
        (date(2026, 11, 22), "'2026-11-22'"),
        (Withheld("str"), "..."),
    ],
)
def test_a_value_is_written_as_sql_writes_it(value: object, written: str) -> None:
    assert literal(value) == written


def test_values_stand_beside_their_places() -> None:
    assert assignments((1, "a")) == "$1 = 1, $2 = 'a'"
    assert assignments({"name": "a"}) == ":name = 'a'"
    assert assignments(None) == ""
