from tests.rules.cases import ORIGIN, burst, case, findings, query

from asa.model.record import CallSite, RelationshipLoad
from asa.rules.query.refresh_after_write import RULE

TAG = "SELECT tags.id, tags.label FROM tags WHERE tags.id = ?"


def refreshed(
    calls: int = 6, path: str = "Tag", origin: CallSite | None = None, strategy: str = "refresh"
) -> list[str]:
    load = RelationshipLoad((path,), strategy, origin)
    found = findings(RULE, case(query(TAG), bursts=(burst(TAG, calls, load=load),)))
    return [f"{one.subject}: {one.summary}" for one in found]


def test_rows_read_back_are_found() -> None:
    assert refreshed() == ["Tag: 6 rows read back"]


def test_four_are_not_worth_a_word() -> None:
    assert not refreshed(4)


def test_rows_that_a_query_loaded_are_another_matter() -> None:
    assert not refreshed(origin=ORIGIN)
    assert not refreshed(strategy="expired")
    assert not refreshed(path="Tag.posts")
