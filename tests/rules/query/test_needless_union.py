import pytest
from tests.rules.query.statements import judged, planned

from asa.rules.query.needless_union import RULE

NEW = "SELECT id, placed FROM orders WHERE state = 'new'"
PAID = "SELECT id, placed FROM orders WHERE state = 'paid'"


def test_different_constants_need_no_search_for_equals() -> None:
    (found,) = judged(RULE, f"{NEW} UNION {PAID}")
    assert planned(found) == f"{NEW} UNION ALL {PAID}"


def test_a_tag_tells_the_rows_of_two_tables_apart() -> None:
    assert judged(RULE, "SELECT 'o', id FROM orders UNION SELECT 'u', id FROM users")


@pytest.mark.parametrize(
    "sql",
    [
        f"{NEW} UNION ALL {PAID}",
        f"{NEW} UNION {NEW}",
        (
            "SELECT placed FROM orders WHERE state = 'new' "
            "UNION SELECT placed FROM orders WHERE state = 'paid'"
        ),
        "SELECT id FROM orders WHERE state = $1 UNION SELECT id FROM orders WHERE state = $2",
        "SELECT id FROM orders UNION SELECT id FROM users",
    ],
    ids=["all", "same", "no key", "unknown values", "no constants"],
)
def test_rows_that_may_be_equal_are_left_alone(sql: str) -> None:
    assert not judged(RULE, sql)
