"""A digest in a file: what it keeps, how it merges, how it refuses."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asa.errors import LogError, UsageError
from asa.model.record import CallSite, QueryRecord, RelationshipLoad, Scope
from asa.workload import read_workload
from asa.workload.digest import Digest
from asa.workload.digest_file import read, recognises, write
from asa.workload.histogram import RELATIVE_ERROR, Histogram
from asa.workload.readers.log import opened
from asa.workload.timeline import MOST_INTERVALS, Timeline

LINE = CallSite("app/orders.py", 31, "list_orders", "await session.scalars(...)")
LOAD = RelationshipLoad(("Order.items",), "lazy", LINE, (True,))
RECORDS = st.lists(
    st.builds(
        QueryRecord,
        sql=st.sampled_from(["SELECT a FROM t WHERE b = 1", "SELECT 2", "DELETE FROM t"]),
        dialect=st.sampled_from([None, "postgresql"]),
        parameters=st.one_of(st.none(), st.tuples(st.integers(0, 9), st.none())),
        duration_ms=st.one_of(st.none(), st.floats(0, 1e4)),
        started_at=st.one_of(st.none(), st.integers(0, 10**5).map(float)),
        rows=st.one_of(st.none(), st.integers(0, 5)),
        call_site=st.sampled_from([None, LINE]),
        load=st.sampled_from([None, LOAD]),
        scope=st.builds(Scope, process=st.just(1), session=st.sampled_from([None, "1", "2", "3"])),
        error=st.sampled_from([None, "42703"]),
        user=st.sampled_from([None, "joe"]),
        application=st.sampled_from([None, "web"]),
        truncated=st.booleans(),
    ),
    max_size=30,
)


def through_file(digest: Digest, file: Path) -> Digest:
    write(digest, file, force=True)
    with closing(opened(str(file))) as log:
        assert recognises(log.head)
        return read(log)


def digested(records: list[QueryRecord]) -> Digest:
    digest = Digest(open_scopes=2)
    digest.add_all(records)
    return digest


@given(records=RECORDS, cut=st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_a_digest_comes_back_whole_and_parts_merge_as_they_would_have(
    tmp_path_factory: pytest.TempPathFactory, records: list[QueryRecord], cut: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "digest"
    whole = digested(records)
    assert through_file(whole, file).workload() == whole.workload()
    first, second = Digest(), Digest()
    first.add_all(records[:cut])
    second.add_all(records[cut:])
    kept = through_file(first, file)
    kept.merge(through_file(second, file))
    alone = Digest()
    alone.add_all(records)
    assert kept.workload() == alone.workload()
    assert kept.records == len(records)


def test_the_file_is_private_and_never_overwritten_unasked(tmp_path: Path) -> None:
    file = tmp_path / "digest"
    write(Digest(), file)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="exists"):
        write(Digest(), file)
    with pytest.raises(UsageError, match="cannot write"):
        write(Digest(), tmp_path / "missing" / "digest")
    assert [path.name for path in tmp_path.iterdir()] == ["digest"]


def test_without_values_the_file_holds_none(tmp_path: Path) -> None:
    record = QueryRecord("SELECT a FROM t WHERE b = 's3cret' AND c = $1", parameters=("pa55",))
    file = tmp_path / "digest"
    write(digested([record]), file, values=False)
    assert "s3cret" not in file.read_text()
    assert "pa55" not in file.read_text()
    (found,) = read_workload([str(file)]).classes
    assert (found.calls, found.parameter_sets) == (1, ())


def test_logs_and_digests_are_read_beside_one_another(tmp_path: Path) -> None:
    log, file = tmp_path / "a.sql", tmp_path / "digest"
    log.write_text("SELECT 1; SELECT 2;")
    write(digested([QueryRecord("SELECT 3")]), file)
    (found,) = read_workload([str(log), str(file)]).classes
    assert found.calls == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: lines[:-1],
        lambda lines: [lines[0], lines[1][:-9], *lines[2:]],
        lambda lines: [lines[0], '{"kind":"class"}', *lines[1:]],
        lambda lines: [lines[0], "[1]", *lines[1:]],
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage: "object") -> None:
    assert callable(damage)
    file = tmp_path / "digest"
    write(digested([QueryRecord("SELECT 1")]), file)
    file.write_text("\n".join(damage(file.read_text().splitlines())))
    with pytest.raises(LogError, match="no whole digest"):
        read_workload([str(file)])


def test_a_file_of_a_later_form_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "digest"
    write(Digest(), file)
    first, *others = file.read_text().splitlines()
    later = {**json.loads(first), "format": 99}
    file.write_text("\n".join([json.dumps(later, separators=(",", ":")), *others]))
    with pytest.raises(LogError, match="too old"):
        read_workload([str(file)])


@given(times=st.lists(st.integers(2, 10**12), min_size=1), share=st.floats(0.01, 1))
@settings(deadline=None)
def test_a_percentile_is_within_its_error_of_the_true_one(times: list[int], share: float) -> None:
    histogram = Histogram()
    for duration in times:
        histogram.add(duration)
    wanted = max(-(-share * len(times) // 1), 1)
    true = sorted(times)[int(wanted) - 1]
    found = histogram.quantile(share)
    assert found is not None
    assert abs(found - true) <= true * (RELATIVE_ERROR + 1e-9)


def test_no_times_have_no_percentile() -> None:
    assert Histogram().quantile(0.5) is None


@given(moments=st.lists(st.integers(0, 10**7), max_size=60), cut=st.integers(0, 60))
@settings(deadline=None)
def test_time_lines_merge_and_lose_no_call(moments: list[int], cut: int) -> None:
    whole, first, second = Timeline(), Timeline(), Timeline()
    for moment in moments:
        whole.add(moment, 1)
    for part, some in ((first, moments[:cut]), (second, moments[cut:])):
        for moment in some:
            part.add(moment, 1)
    first.merge(second)
    assert first.intervals() == whole.intervals()
    assert sum(calls for _, calls in whole.intervals()) == len(moments)


def test_a_long_time_has_wider_intervals() -> None:
    line = Timeline()
    for moment in range(MOST_INTERVALS * 4):
        line.add(moment, 1)
    assert line.width_s == 4
    assert len(line.intervals()) == MOST_INTERVALS
    other = Timeline()
    other.add(1, 1)
    other.merge(line)
    assert (other.width_s, len(other.intervals())) == (4, MOST_INTERVALS)
