from dataclasses import replace

import pytest
from tests.rules.cases import TOUCH, burst, case, findings, query

from asa.model.finding import Severity, Unproved
from asa.model.fix import Rewrite
from asa.model.record import CallSite
from asa.model.workload import Burst, ParameterSet
from asa.rules.query.row_by_row_write import RULE

INSERT = "INSERT INTO tags (label) VALUES (?)"
UPDATE = "UPDATE posts SET title=? WHERE posts.id = ?"
DELETE = "DELETE FROM posts WHERE posts.id = ?"
FLUSH = CallSite("app/api.py", 7, "save", "await session.flush()")


def flushed(sql: str, calls: int = 20) -> Burst:
    return replace(burst(sql, calls), call_site=FLUSH)


def of_entity(sql: str, calls: int = 20, entity: str = "Post") -> Burst:
    return replace(burst(sql, calls), entity=entity)


def test_a_flush_for_each_row_is_found() -> None:
    (found,) = findings(RULE, case(query(INSERT), bursts=(flushed(INSERT),)))
    assert (found.subject, found.summary) == ("tags", "20 statements")
    assert found.severity is Severity.WARNING
    assert found.fix == Rewrite("session.add_all(...) and one flush", FLUSH)
    assert found.proof == Unproved("not rerun")
    assert ("queries", "20 -> 1 predicted") in found.evidence


def test_an_insert_for_each_row_becomes_one_execute() -> None:
    (found,) = findings(RULE, case(query(INSERT), bursts=(of_entity(INSERT, entity="Tag"),)))
    assert found.fix == Rewrite("execute(insert(Tag), rows)", TOUCH)


def test_four_are_not_worth_a_word() -> None:
    assert not findings(RULE, case(query(INSERT), bursts=(flushed(INSERT, 4),)))


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO tags (label) VALUES (?), (?)",
        "INSERT INTO tags (label) SELECT label FROM old WHERE id = ?",
        "SELECT label FROM tags WHERE id = ?",
    ],
)
def test_what_writes_many_rows_or_none_is_innocent(sql: str) -> None:
    assert not findings(RULE, case(query(sql), bursts=(of_entity(sql),)))


def test_the_same_row_again_is_innocent() -> None:
    same = replace(of_entity(UPDATE), distinct_parameters=1)
    assert not findings(RULE, case(query(UPDATE), bursts=(same,)))


def test_what_a_flush_updates_or_deletes_is_the_orms_affair() -> None:
    for sql in (UPDATE, DELETE):
        assert not findings(RULE, case(query(sql), bursts=(flushed(sql),)))


def test_on_mysql_one_flush_inserts_row_by_row_by_itself() -> None:
    mysql = replace(query(INSERT), dialect="mysql")
    assert not findings(RULE, case(mysql, bursts=(flushed(INSERT),)))


def updates(*values: tuple[object, ...]) -> Rewrite | None:
    sets = tuple(ParameterSet(one, 1.0) for one in values)
    shown = replace(query(UPDATE), parameter_sets=sets)
    (found,) = findings(RULE, case(shown, bursts=(of_entity(UPDATE),)))
    assert isinstance(found.fix, Rewrite)
    return found.fix


def test_one_value_for_all_rows_is_one_update() -> None:
    fix = updates(*[("x", key) for key in range(8)])
    assert fix == Rewrite("update(Post).where(Post.id.in_(ids))", TOUCH)


def test_a_value_for_each_row_goes_with_the_rows() -> None:
    fix = updates(*[(f"x{key}", key) for key in range(8)])
    assert fix == Rewrite("execute(update(Post), rows)", TOUCH)


def test_deletes_become_one() -> None:
    (found,) = findings(RULE, case(query(DELETE), bursts=(of_entity(DELETE),)))
    assert found.fix == Rewrite("delete(Post).where(Post.id.in_(ids))", TOUCH)
