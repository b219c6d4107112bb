"""Members of enumerations: seen by every comparison, written so that no row is lost."""

from typing import Any

import pytest
from sqlalchemy import ARRAY, Column, Enum, Integer, MetaData, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator
from tests.migrations.comparison import Compared

from asa.migrations.rename import Answers, Rename, UndecidedError


class Wrapped(TypeDecorator[str]):
    """A type of a project's own around an enumeration."""

    impl = Enum("open", "closed", name="task state")
    cache_ok = True


def native(members: str) -> Enum:
    """Return a type that the database itself has, where it has such types."""
    return Enum(*members.split(), name="task state")


def checked(members: str) -> Enum:
    """Return a type whose members a CHECK keeps."""
    return Enum(
        *members.split(), name="ck_state", native_enum=False, create_constraint=True, length=20
    )


def tasks(kind: Any, default: str | None = None) -> MetaData:
    """Return the models of one table."""
    metadata = MetaData()
    state: Column[Any] = Column("state", kind, server_default=default, nullable=False)
    Table("Tasks", metadata, Column("id", Integer, primary_key=True), state)
    return metadata


@pytest.mark.parametrize("kind", [native, checked])
def test_an_added_member_is_drift_until_it_is_written_and_applied(
    database_url: str, kind: object
) -> None:
    if kind is native and "sqlite" in database_url:
        kind = checked  # there a column without a CHECK takes every member
    compared = Compared(database_url, tasks(kind("open closed")))  # type: ignore[operator]
    assert compared.drift == []
    compared.write(tasks(kind("new open it's:x closed")))  # type: ignore[operator]
    (line,) = compared.drift
    assert "adds new, it's:x" in line or "to enum('new','open','it''s:x','closed')" in line
    compared.upgrade()
    assert compared.drift == []
    table = '"Tasks"' if "mysql" not in database_url else "`Tasks`"
    insert = f"INSERT INTO {table} (id, state) VALUES (1, 'it''s\\:x')"
    assert compared.rows(insert, f"SELECT state FROM {table}") == [("it's:x",)]
    compared.rows(f"DELETE FROM {table}")
    compared.downgrade()
    assert compared.drift == [line]


def test_a_member_serves_as_default_in_the_revision_that_adds_it(postgresql_url: str) -> None:
    compared = Compared(postgresql_url, tasks(native("open closed"), "open"))
    compared.write(tasks(native("open draft closed"), "draft"))
    compared.upgrade()
    state = compared.rows('INSERT INTO "Tasks" (id) VALUES (1)', 'SELECT state FROM "Tasks"')
    assert state == [("draft",)]
    assert compared.drift == []


def test_a_member_with_another_name_is_asked_for_and_keeps_its_rows(postgresql_url: str) -> None:
    compared = Compared(postgresql_url, tasks(native("open closed")))
    compared.rows("""INSERT INTO "Tasks" (id, state) VALUES (1, 'open')""")
    with pytest.raises(UndecidedError) as caught:
        compared.write(tasks(native("opened closed")))
    rename = Rename("task state.open", "opened")
    assert caught.value.undecided.renames == (rename,)
    compared.write(tasks(native("opened closed")), Answers((rename,)))
    compared.upgrade()
    assert compared.rows('SELECT state FROM "Tasks"') == [("opened",)]
    assert compared.drift == []
    compared.downgrade()
    assert compared.rows('SELECT state FROM "Tasks"') == [("open",)]


def test_a_removed_member_stops_the_upgrade_while_a_row_holds_it(postgresql_url: str) -> None:
    compared = Compared(postgresql_url, tasks(native("open closed"), "closed"))
    compared.rows("""INSERT INTO "Tasks" (id, state) VALUES (1, 'open')""")
    compared.write(tasks(native("closed"), "closed"))
    with pytest.raises(DBAPIError, match="open"):
        compared.upgrade()
    assert compared.rows('SELECT state FROM "Tasks"') == [("open",)]
    compared.rows("""UPDATE "Tasks" SET state = 'closed'""")
    compared.upgrade()
    assert compared.drift == []
    compared.downgrade()
    compared.rows("""UPDATE "Tasks" SET state = 'open'""")


def test_arrays_and_other_schemas_are_seen_too(postgresql_url: str) -> None:
    compared = Compared(postgresql_url, MetaData())
    compared.rows("CREATE SCHEMA shop")

    def tagged(*members: str) -> MetaData:
        kind = ARRAY(Enum(*members, name="Tag Kind", schema="shop"))
        return tasks(kind, "{}")

    tagged_before = Compared(postgresql_url, tagged("a"))
    tagged_before.write(tagged("a", "b c"))
    tagged_before.upgrade()
    tagged_before.rows("""INSERT INTO "Tasks" (id, state) VALUES (1, '{"b c"}')""")
    tagged_before.write(tagged("b c"))
    tagged_before.upgrade()
    assert tagged_before.rows('SELECT state::text FROM "Tasks"') == [('{"b c"}',)]
    assert tagged_before.drift == []


def test_a_type_of_the_projects_own_is_looked_into(postgresql_url: str) -> None:
    compared = Compared(postgresql_url, tasks(native("open")))
    compared.models = tasks(Wrapped())
    assert compared.drift == ["~ enum task state adds closed"]


def test_the_order_of_members_is_no_difference(postgresql_url: str) -> None:
    compared = Compared(postgresql_url, tasks(native("open closed")))
    compared.models = tasks(native("closed open"))
    assert compared.drift == []
