from dataclasses import replace

import pytest
from tests.rules.cases import answers, case, findings, table

from asa.model.activity import Activity, IndexActivity, NotCounted, TableActivity
from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.fix import DropIndex
from asa.model.judgement import NotJudged
from asa.model.schema import ForeignKey, Index
from asa.model.server import Server
from asa.rules.query.unused_index import RULE

DAY = 86_400.0
IDLE = Index("ix", ("note",))


def counted(
    *indexes: Index,
    days: float = 34,
    scans: int = 0,
    reads: int = 9_000,
    rows: int = 50_000,
    keys: tuple[ForeignKey, ...] = (),
    replicas: int = 0,
) -> Case:
    notes = table("notes", "note", "user_id", rows=rows, indexes=indexes, keys=keys)
    use = tuple(IndexActivity("notes", i.name or "", scans, 93_000_000) for i in indexes)
    activity = Activity(0.0, days * DAY, use, (TableActivity("notes", reads),), replicas)
    return replace(case(tables=(notes,)), dialect="postgresql", activity=activity)


def test_an_index_without_a_scan_since_weeks_may_go() -> None:
    (found,) = findings(RULE, counted(IDLE))
    assert found.subject == "ix on notes (note)"
    assert found.summary == "no scan in 34 days"
    assert found.severity is Severity.WARNING
    assert found.evidence == (("price", "93 MB, written by every INSERT for nothing"),)
    assert found.fix == DropIndex("notes", "ix", "DROP INDEX CONCURRENTLY ix")


@pytest.mark.parametrize(
    "index",
    [
        Index("ix", ("note",), where="user_id IS NULL"),
        Index("ix", ("gin note gin_trgm_ops",)),
        Index("ix", ("note(20)",)),
        Index("ix", ("note DESC",)),
    ],
    ids=["partial", "other method", "prefix", "falling"],
)
def test_so_may_one_that_is_not_plain(index: Index) -> None:
    assert findings(RULE, counted(index))


@pytest.mark.parametrize(
    "index",
    [
        Index("ix", ("note",), unique=True),
        Index("ix", ("note",), constraint=True),
        Index("ix", ("note",), valid=False),
        Index("ix", ("lower(note)",)),
        Index("ix", ("user_id", "note")),
    ],
    ids=["unique", "constraint", "invalid", "expression", "foreign key"],
)
def test_what_serves_without_a_scan_stays(index: Index) -> None:
    key = ForeignKey(("user_id",), "users", ("id",))
    assert not answers(RULE, counted(index, keys=(key,)))


def test_one_that_another_rule_names_is_not_named_twice() -> None:
    longer = Index("ix_note_user", ("note", "user_id"))
    assert [f.subject for f in findings(RULE, counted(IDLE, longer))] == [
        "ix_note_user on notes (note, user_id)"
    ]


def test_what_was_used_or_could_not_be_is_left_alone() -> None:
    assert not answers(RULE, counted(IDLE, scans=1))
    assert not answers(RULE, counted(IDLE, reads=0))
    assert not answers(RULE, counted(IDLE, rows=200))
    uncounted = replace(counted(IDLE), activity=Activity(0.0, 34 * DAY))
    assert not answers(RULE, uncounted)
    assert not answers(RULE, replace(counted(IDLE), activity=None))


def test_young_statistics_tell_nothing() -> None:
    assert answers(RULE, counted(IDLE, days=3)) == [
        NotJudged("unused indexes", "the server has counted for 3 days only")
    ]
    assert not answers(RULE, counted(IDLE, days=0.5))


def test_a_server_that_does_not_count_is_said() -> None:
    silent = NotCounted("performance_schema is off")
    assert answers(RULE, replace(counted(IDLE), activity=silent)) == [
        NotJudged("unused indexes", "performance_schema is off")
    ]
    nothing_to_drop = replace(counted(), activity=silent)
    assert not answers(RULE, nothing_to_drop)


def test_replicas_are_a_doubt() -> None:
    (found,) = findings(RULE, counted(IDLE, replicas=2))
    assert found.severity is Severity.INFO
    assert ("mind", "2 replicas count for themselves: ask there too") in found.evidence


def test_on_a_replica_the_primary_is_a_doubt() -> None:
    server = Server("postgresql", "PostgreSQL", (18,), "18.1", replica=True)
    (found,) = findings(RULE, replace(counted(IDLE), server=server))
    assert isinstance(found, Finding)
    assert "the primary counts for itself" in found.evidence[1][1]
