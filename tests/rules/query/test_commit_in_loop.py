from dataclasses import replace

from tests.rules.cases import burst, case, findings, query

from asa.model.workload import Burst
from asa.rules.query.commit_in_loop import RULE
from asa.rules.query.row_by_row_write import RULE as WRITES

INSERT = "INSERT INTO tags (label) VALUES (?)"


def committed(calls: int = 20, transactions: int = 20, span_ms: float | None = 40.0) -> Burst:
    return replace(burst(INSERT, calls, entity="Tag"), transactions=transactions, span_ms=span_ms)


def test_a_commit_for_each_row_is_found_and_told_once() -> None:
    of = case(query(INSERT), bursts=(committed(),))
    (found,) = findings(RULE, of)
    assert (found.subject, found.summary) == ("tags", "20 commits")
    assert not findings(WRITES, of)


def test_rows_of_one_transaction_are_another_matter() -> None:
    of = case(query(INSERT), bursts=(committed(transactions=1),))
    assert not findings(RULE, of)
    assert findings(WRITES, of)


def test_jobs_that_come_now_and_then_are_innocent() -> None:
    assert not findings(RULE, case(query(INSERT), bursts=(committed(span_ms=60_000.0),)))


def test_reads_are_innocent() -> None:
    read = "SELECT tags.id FROM tags WHERE tags.label = ?"
    loop = replace(burst(read), transactions=20, span_ms=40.0)
    assert not findings(RULE, case(query(read), bursts=(loop,)))
