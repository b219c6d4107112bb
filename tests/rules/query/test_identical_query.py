from dataclasses import replace

import pytest
from tests.rules.cases import burst, case, findings, query

from asa.model.fix import Rewrite
from asa.rules.query.identical_query import RULE

SETTINGS = "SELECT settings.value FROM settings WHERE settings.name = ?"


def of(calls: int = 6, distinct: int = 1, rows: int = 6, **facts: object) -> list[str]:
    repeated = replace(burst(SETTINGS, calls, distinct=distinct), **facts)  # type: ignore[arg-type]
    return [
        f.subject for f in findings(RULE, case(query(SETTINGS, calls, rows), bursts=(repeated,)))
    ]


def test_the_same_question_thrice_is_found() -> None:
    assert of(3) == ["settings"]
    (found,) = findings(RULE, case(query(SETTINGS, 6, 6), bursts=(burst(SETTINGS, 6, distinct=1),)))
    assert found.summary == "6 times the same"
    assert isinstance(found.fix, Rewrite)
    assert ("queries", "6 -> 1 predicted") in found.evidence


def test_twice_is_not() -> None:
    assert not of(2)


@pytest.mark.parametrize(
    "innocent",
    [
        {"distinct": 6},
        {"writes_between": 1},
        {"span_ms": 600.0, "total_ms": 6.0},
        {"rows": 0},
    ],
    ids=["other values", "written meanwhile", "polling", "retries"],
)
def test_innocent_repetitions(innocent: dict[str, int]) -> None:
    assert not of(**innocent)


def test_asked_without_a_pause_it_is_no_polling() -> None:
    assert of(span_ms=10.0, total_ms=6.0)
