from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from asa.model.record import CallSite, QueryRecord, RelationshipLoad, Scope
from asa.workload.digest import Digest, digest

LIST = CallSite("app/orders.py", 31, "list_orders", "await session.scalars(select(Order))")
TOUCH = CallSite("app/orders.py", 38, "list_orders", "order.items")

PARENTS = "SELECT orders.id FROM orders LIMIT 20"
CHILDREN = "SELECT items.id FROM items WHERE items.order_id = ?"


def session(name: str, task: str | None = "Task-1", label: str | None = None) -> Scope:
    return Scope(process=7, task=task, session=name, transaction=f"t-{name}", label=label)


def parents(scope: Scope) -> QueryRecord:
    return QueryRecord(PARENTS, "sqlite", (), duration_ms=1.5, rows=20, call_site=LIST, scope=scope)


def child(scope: Scope, key: int, **facts: Any) -> QueryRecord:
    return QueryRecord(
        CHILDREN, "sqlite", (key,), duration_ms=0.5, rows=3, call_site=TOUCH, scope=scope, **facts
    )


def test_a_class_sums_what_its_records_know() -> None:
    records = [
        QueryRecord("SELECT a FROM t WHERE b = 1", duration_ms=2.0, rows=1),
        QueryRecord("SELECT a FROM t WHERE b = 2", duration_ms=3.0),
        QueryRecord("SELECT a FROM t WHERE b = 3"),
    ]
    (found,) = digest(records).classes
    assert (found.calls, found.total_ms, found.max_ms, found.rows) == (3, 5.0, 3.0, 1)
    assert found.fingerprint == "SELECT a FROM t WHERE b = ?"
    assert found.sql == "SELECT a FROM t WHERE b = 2"


def test_what_no_record_knows_is_unknown_and_not_zero() -> None:
    (found,) = digest([QueryRecord("SELECT 1")]).classes
    assert (found.total_ms, found.max_ms, found.rows) == (None, None, None)


def test_classes_come_by_total_time_then_calls() -> None:
    records = [QueryRecord("SELECT a"), QueryRecord("SELECT b"), QueryRecord("SELECT b")]
    records.append(QueryRecord("SELECT c", duration_ms=0.1))
    assert [c.fingerprint for c in digest(records).classes] == ["SELECT c", "SELECT b", "SELECT a"]


def test_an_executemany_is_one_statement_sent() -> None:
    scope = session("s1")
    many = QueryRecord("INSERT INTO t VALUES (?)", executions=100, scope=scope, call_site=LIST)
    found = digest([many])
    assert found.calls == 1
    assert found.bursts == ()


def test_the_slowest_parameter_sets_and_a_sample_are_kept() -> None:
    records = [QueryRecord(CHILDREN, parameters=(n,), duration_ms=float(n)) for n in range(1000)]
    (found,) = digest(records).classes
    slowest = [(s.parameters, s.duration_ms) for s in found.parameter_sets[:8]]
    assert slowest == [((n,), float(n)) for n in range(999, 991, -1)]
    assert 8 <= len(found.parameter_sets) <= 16
    assert len({s.parameters for s in found.parameter_sets}) == len(found.parameter_sets)


def test_statements_that_failed_give_no_parameters() -> None:
    (found,) = digest([QueryRecord(CHILDREN, parameters=(1,), error="DataError")]).classes
    assert found.parameter_sets == ()


def test_a_query_per_row_in_one_session_is_a_burst_that_names_its_parents() -> None:
    scope = session("s1")
    records = [parents(scope), *(child(scope, n) for n in range(20))]
    (burst,) = digest(records).bursts
    assert (burst.calls, burst.distinct_parameters, burst.total_ms) == (20, 20, 10.0)
    assert burst.call_site == TOUCH
    assert burst.earlier == (("SELECT orders.id FROM orders LIMIT ?", LIST),)


def test_sessions_are_not_merged() -> None:
    """Twenty requests that send one query each repeat nothing."""
    records = [child(session(f"s{n}", task=f"Task-{n}"), n) for n in range(20)]
    assert digest(records).bursts == ()


def test_sessions_of_one_name_in_two_tests_are_not_merged() -> None:
    records = [child(session("s1", label=f"test_{n}"), n) for n in range(20)]
    assert digest(records).bursts == ()


def test_interleaved_sessions_each_have_their_own_burst() -> None:
    one, two = session("s1", "Task-1"), session("s2", "Task-2")
    records = [parents(one), parents(two)]
    for n in range(5):
        records += [child(one, n), child(two, n + 100)]
    records.append(child(one, 6))
    (burst,) = digest(records).bursts
    assert (burst.calls, burst.scopes, burst.all_calls, burst.all_ms) == (6, 2, 11, 5.5)
    assert burst.scope.session == "s1"


def test_without_a_session_the_transaction_is_the_scope() -> None:
    scope = Scope(process=7, transaction="c1")
    assert digest([child(scope, 1), child(scope, 2)]).bursts[0].calls == 2
    other = Scope(process=7, transaction="c2")
    assert digest([child(scope, 1), child(other, 2)]).bursts == ()


def test_a_log_that_tells_no_scope_has_no_bursts() -> None:
    assert digest([QueryRecord(CHILDREN)] * 20).bursts == ()
    assert digest([QueryRecord(CHILDREN, scope=Scope(process=7))] * 20).bursts == ()


def test_two_lines_that_run_one_class_are_two_bursts() -> None:
    scope = session("s1")
    other = QueryRecord(CHILDREN, "sqlite", (9,), call_site=LIST, scope=scope)
    bursts = digest([child(scope, 1), child(scope, 2), other, other]).bursts
    assert {burst.call_site for burst in bursts} == {TOUCH, LIST}


def test_the_orms_facts_stay_with_the_burst() -> None:
    scope = session("s1")
    load = RelationshipLoad(path=("Order.items",), strategy="lazy", origin=LIST)
    (burst,) = digest([child(scope, n, load=load) for n in range(3)]).bursts
    assert burst.load == load


def test_statements_that_found_nothing_or_wrote_are_no_parents() -> None:
    scope = session("s1")
    nothing = QueryRecord("SELECT a FROM t", rows=0, scope=scope)
    write = QueryRecord("UPDATE t SET a = 1", rows=3, scope=scope)
    (burst,) = digest([nothing, write, child(scope, 1), child(scope, 2)]).bursts
    assert burst.earlier == ()


def test_a_window_that_overflows_says_so_and_keeps_what_it_closed() -> None:
    whole = Digest(open_scopes=2)
    for n in range(5):
        scope = session(f"s{n}")
        whole.add_all([child(scope, 1), child(scope, 2)])
    found = whole.workload()
    assert found.dropped_scopes == 3
    assert (found.bursts[0].scopes, found.bursts[0].all_calls) == (5, 10)


@given(times=st.lists(st.floats(0, 1e6), min_size=1, max_size=5))
def test_percentiles_of_few_calls_lie_between_the_shortest_and_the_longest(
    times: list[float],
) -> None:
    (found,) = digest([QueryRecord("SELECT 1", duration_ms=ms) for ms in times]).classes
    assert found.min_ms is not None
    assert found.p50_ms is not None
    assert found.p95_ms is not None
    assert found.p99_ms is not None
    assert found.max_ms is not None
    assert found.min_ms <= found.p50_ms <= found.p95_ms <= found.p99_ms <= found.max_ms


SCOPES = st.builds(
    Scope,
    process=st.integers(1, 2),
    task=st.sampled_from([None, "Task-1"]),
    session=st.sampled_from([None, "s1", "s2"]),
    transaction=st.sampled_from([None, "c1"]),
)
RECORDS = st.builds(
    QueryRecord,
    sql=st.sampled_from([PARENTS, CHILDREN, "SELECT 1", "SELECT 2", "INSERT INTO t VALUES (1)"]),
    dialect=st.sampled_from([None, "sqlite"]),
    parameters=st.one_of(
        st.none(),
        st.tuples(st.integers(0, 30)),
        st.dictionaries(st.sampled_from("ab"), st.integers(0, 3)),
    ),
    executions=st.integers(1, 3),
    duration_ms=st.one_of(st.none(), st.floats(0, 100)),
    rows=st.one_of(st.none(), st.integers(0, 5)),
    call_site=st.sampled_from([None, LIST, TOUCH]),
    scope=SCOPES,
)


@given(records=st.lists(RECORDS, max_size=60), cuts=st.lists(st.integers(0, 60), max_size=4))
@settings(max_examples=200, deadline=None)
def test_the_digest_of_a_log_is_that_of_its_parts_merged(
    records: list[QueryRecord], cuts: list[int]
) -> None:
    whole = Digest()
    whole.add_all(records)
    parts = Digest()
    start = 0
    for end in (*sorted(cuts), len(records)):
        part = Digest()
        part.add_all(records[start:end])
        parts.merge(part)
        start = max(start, end)
    assert parts.records == whole.records
    assert parts.workload() == whole.workload()


@given(
    records=st.lists(RECORDS, max_size=40), cuts=st.tuples(st.integers(0, 40), st.integers(0, 40))
)
@settings(max_examples=100, deadline=None)
def test_it_does_not_matter_which_parts_merge_first(
    records: list[QueryRecord], cuts: tuple[int, int]
) -> None:
    first, second = sorted(cuts)
    pieces = records[:first], records[first:second], records[second:]

    def parts() -> list[Digest]:
        digests = [Digest(), Digest(), Digest()]
        for one, piece in zip(digests, pieces, strict=True):
            one.add_all(piece)
        return digests

    a, b, c = parts()
    a.merge(b)
    a.merge(c)
    d, e, f = parts()
    e.merge(f)
    d.merge(e)
    assert a.workload() == d.workload()
