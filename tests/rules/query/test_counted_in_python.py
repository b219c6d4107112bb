from dataclasses import replace

import pytest
from tests.rules.cases import case, findings, query

from asa.model.fix import Rewrite
from asa.model.record import CallSite
from asa.rules.query.counted_in_python import RULE

ORDERS = "SELECT orders.id FROM orders"


def found(line: str, sql: str = ORDERS) -> list[str]:
    site = CallSite("app/api.py", 12, "total", line)
    sent = replace(query(sql, 2, 400), call_sites=((site, 2),))
    return [f.fix.text for f in findings(RULE, case(sent)) if isinstance(f.fix, Rewrite)]


@pytest.mark.parametrize(
    "line",
    [
        "total = len((await session.scalars(select(Order))).all())",
        "return len(list((await session.execute(query)).scalars().all()))",
        "n = len( (await db.execute(query)).fetchall() )",
    ],
)
def test_rows_loaded_for_their_number_are_found(line: str) -> None:
    assert found(line) == ["select(func.count()).select_from(orders)"]


@pytest.mark.parametrize(
    "line",
    [
        "orders = (await session.scalars(select(Order))).all()",
        "orders = (await session.scalars(query.limit(len(names)))).all()",
    ],
)
def test_rows_that_are_used_are_innocent(line: str) -> None:
    assert not found(line)
