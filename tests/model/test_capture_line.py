"""The wire form of a capture: what is written is what is read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asa.model.capture_line import (
    CaptureEnd,
    CaptureHeader,
    CaptureLine,
    LibraryLine,
    ProcessLine,
    TroubleLine,
    line_from_json,
    line_to_json,
    query_head,
    query_line,
    scope_json,
)
from asa.model.parameter import (
    Withheld,
    bindable,
    parameters_from_json,
    parameters_json,
)
from asa.model.record import CallSite, QueryRecord, RelationshipLoad, Scope

SITE = CallSite("app/é.py", 3, "load", 'select("x")')
RECORDS = [
    QueryRecord("SELECT 1", duration_ms=0.5, started_at=1.0, scope=Scope(process=1)),
    QueryRecord(
        'SELECT "a"\n\ud800',
        dialect="sqlite",
        parameters=(1, "ü", None),
        executions=3,
        duration_ms=12.25,
        started_at=1795363609.5,
        rows=0,
        database="shop",
        entity="User",
        call_site=SITE,
        load=RelationshipLoad(("User.posts",), "lazy", SITE, (True,)),
        scope=Scope(7, 'Task-"1"', "2", "3", "t.py::test[ü] (call)"),
        error="IntegrityError",
    ),
]


@pytest.mark.parametrize("record", RECORDS)
def test_a_query_is_read_as_it_was_written(record: QueryRecord) -> None:
    assert record.duration_ms is not None
    assert record.started_at is not None
    scope = record.scope
    line = query_line(
        query_head(record),
        parameters_json(record.parameters),
        record.executions,
        record.duration_ms,
        record.started_at,
        record.rows,
        record.error,
        scope_json(scope.process or 0, scope.task, scope.session, scope.transaction, scope.label),
    )
    assert line.endswith("}\n")
    assert line.count("\n") == 1
    assert line_from_json(line) == record


@pytest.mark.parametrize(
    "remark",
    [
        CaptureHeader(1, "0.1", "3.11", ("pytest", "-q"), "/a", None, 1.5, True),
        ProcessLine(1, 2, "3.11", 1.5),
        LibraryLine(1, "2.0"),
        TroubleLine(1, "executed", "KeyError"),
        CaptureEnd(3, 2.5),
    ],
)
def test_a_remark_is_read_as_it_was_written(remark: Any) -> None:
    assert line_from_json(line_to_json(remark)) == remark


def test_a_line_of_a_later_version_is_passed_over() -> None:
    assert line_from_json('{"kind":"pool","waited_ms":3}') is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"sql":"SELECT 1"}',
        '{"kind":"query"}',
        '{"kind":"query","sql":5}',
        '{"kind":"query","sql":"x","parameters":"y"}',
        '{"kind":"query","sql":"x","parameters":[{"$":"date","v":"secret"}]}',
        '{"kind":"query","sql":"x","parameters":[{"$":"new","v":1}]}',
        '{"kind":"query","sql":"x","scope":[]}',
        '{"kind":"query","sql":"x","call_site":{"file":"a"}}',
        '{"kind":"process"}',
        "[" * 100_000,
    ],
)
def test_what_is_no_line_is_refused_without_showing_values(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        line_from_json(text)
    assert type(caught.value) is ValueError
    assert "secret" not in str(caught.value)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.uuids()
    | st.ip_addresses(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=5).map(tuple) | st.dictionaries(st.text(), VALUES, max_size=5))
def test_values_come_back_with_their_types(parameters: Any) -> None:
    text = parameters_json(parameters)
    assert text is not None
    back = parameters_from_json(json.loads(text))
    assert back == parameters
    # isoformat has no fold, and databases know none.
    assert repr(back) == repr(parameters).replace(", fold=1", "")
    assert bindable(back)


def test_a_withheld_value_inside_another_cannot_be_bound() -> None:
    assert not bindable(([1, {"a": Withheld("str", "00")}],))
    assert not bindable(None)
    assert bindable(())


def test_the_kinds_of_line_are_told_apart_by_their_first_characters() -> None:
    """`asa capture` counts lines by them without reading the JSON."""
    lines: list[tuple[CaptureLine, str]] = [
        (ProcessLine(1, 2, "3", 1.0), "process"),
        (LibraryLine(1, "2"), "library"),
        (TroubleLine(1, "a", "b"), "trouble"),
    ]
    for remark, kind in lines:
        assert line_to_json(remark).startswith(f'{{"kind":"{kind}"')  # type: ignore[arg-type]
    assert query_head(RECORDS[0]).startswith('{"kind":"query"')
