"""What a capture tells beside queries reaches the workload, merged and kept in digest files."""

from dataclasses import replace
from pathlib import Path

import pytest

from asa.model.capture_line import fact_to_json, line_from_json
from asa.model.observation import (
    Fact,
    PoolWait,
    TransactionUse,
    UnloadedAttribute,
    UnreturnedConnection,
)
from asa.model.record import CallSite, Scope
from asa.workload import read_digest, read_workload
from asa.workload.digest_file import write
from asa.workload.observed import Observed

SITE = CallSite("app/orders.py", 7, "orders", "await session.execute(query)")
SCOPE = Scope(process=4, task="Task-2", session="3", transaction="9", label="GET /orders")
FACTS: tuple[Fact, ...] = (
    PoolWait(SCOPE, SITE, "shop", 120.5, False, 5, 10),
    TransactionUse(SCOPE, "shop", 1.5, 900.0, 2, 30.0, 800.0, SITE, None, "commit"),
    UnreturnedConnection(SCOPE, None, "shop", 40.0, True),
    UnloadedAttribute(SCOPE, "DetachedInstanceError", ("User.posts",), SITE, None, (True,)),
)
HEADER = (
    '{"kind":"header","format":1,"asa":"0","python":"3","command":["x"],"directory":"/",'
    '"revision":null,"started_at":0,"values":true}\n'
)
QUERY = '{"kind":"query","sql":"SELECT 1","dialect":"sqlite"}\n'


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_fact_is_read_as_it_was_written(fact: Fact) -> None:
    assert line_from_json(fact_to_json(fact)) == fact


def test_a_fact_without_a_part_is_no_line() -> None:
    with pytest.raises(ValueError, match="a pool-wait line without what belongs there"):
        line_from_json('{"kind":"pool-wait","scope":{}}')


def test_events_at_one_place_are_one_observation_with_the_worst_of_them() -> None:
    wait = PoolWait(SCOPE, SITE, "shop", 120.5, False, 5, 10)
    longer = replace(wait, wait_ms=300.0)
    elsewhere = replace(wait, timed_out=True)
    together = Observed([wait, longer, elsewhere])
    parts = Observed([elsewhere])
    parts.merge(Observed([longer]))
    parts.merge(Observed([wait]))
    assert together.observations() == parts.observations()
    first, second = together.observations()
    assert (first.worst, first.times, first.total_ms) == (longer, 2, 420.5)
    assert second.worst == elsewhere


def test_a_workload_holds_what_its_capture_saw_also_through_a_digest_file(tmp_path: Path) -> None:
    capture = tmp_path / "capture.jsonl"
    capture.write_text(HEADER + QUERY + "".join(map(fact_to_json, FACTS)))
    workload = read_workload([str(capture)])
    assert {observation.worst for observation in workload.observations} == set(FACTS)
    digest = read_digest([str(capture), str(capture)])
    write(digest, tmp_path / "digest.asa")
    assert read_workload([str(tmp_path / "digest.asa")]).observations == workload.observations
