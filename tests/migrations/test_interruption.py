"""An upgrade that is killed at any of its statements leaves a state from which one can go on."""

import asyncio
import json
import multiprocessing
import os
import signal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, inspect
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import create_async_engine
from tests.migrations.project import Project, make_project

from asa.config import UrlReference
from asa.errors import MigrationError
from asa.migrations.upgrade import upgrade
from asa.model.event import silent
from asa.setup.environment import EnvironmentFacts, env_py

BASE = (
    "op.create_table('base', sa.Column('id', sa.Integer, primary_key=True), "
    "sa.Column('name', sa.String(20)))"
)
FIVE = (
    "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True)); "
    "op.add_column('base', sa.Column('note', sa.String(20), server_default='a')); "
    "op.execute(\"UPDATE base SET note = '100%'\"); "
    "op.create_index('ix_note', 'base', ['note']); "
    "with op.batch_alter_table('base') as batch:; "
    "    batch.alter_column('name', nullable=False, existing_type=sa.String(20))"
)
BACK = (
    "with op.batch_alter_table('base') as batch:; "
    "    batch.alter_column('name', nullable=True, existing_type=sa.String(20)); "
    "op.drop_index('ix_note', table_name='base'); "
    "with op.batch_alter_table('base') as batch:; "
    "    batch.drop_column('note'); "
    "op.drop_table('t')"
)
CHANGING = ("CREATE", "ALTER", "UPDATE", "INSERT", "DROP")
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.migrations.test_interruption", "aiomysql", "asyncpg"])


def killed_at(project: Project, number: int) -> None:
    """Upgrade, and be killed before the statement of that number."""
    seen = 0

    def kill(_c: Any, _cursor: Any, sql: str, _v: Any, _context: Any, _many: bool) -> None:
        nonlocal seen
        seen += sql.lstrip().startswith(CHANGING)
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", kill)
    upgrade(project.environment(), "head", silent)


def killed(project: Project, number: int) -> bool:
    """Upgrade in a process of its own; tell whether it came to that statement and was killed."""
    process = FORKED.Process(target=killed_at, args=(project, number))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def begun(root: Path, url: str) -> Project:
    """Make a project with the env.py of `asa init`, its first revision applied, one pending."""
    project = make_project(root, url)
    facts = EnvironmentFacts(
        location="migrations",
        pythonpath=(".",),
        modules=(project.models,),
        metadata=(f"{project.models}:Base",),
        others=(),
        direct=frozenset(),
        starters=(),
        url=UrlReference(url, "--url"),
    )
    (root / "migrations/env.py").write_text(env_py(facts))
    project.write_revision("a", None, BASE, "op.drop_table('base')")
    upgrade(project.environment(), "head", silent)
    project.execute("INSERT INTO base (id, name) VALUES (1, 'x'), (2, 'x')")
    return project


def everything(project: Project) -> tuple[object, ...]:
    """Return the schema, the marks and the rows."""

    def look(connection: Connection) -> list[object]:
        seen = inspect(connection)
        return [
            (
                name,
                [str(sorted(column.items(), key=str)) for column in seen.get_columns(name)],
                sorted(str(index["name"]) for index in seen.get_indexes(name)),
            )
            for name in sorted(seen.get_table_names())
        ]

    async def work() -> list[object]:
        engine = create_async_engine(project.url)
        async with engine.connect() as connection:
            found = await connection.run_sync(look)
        await engine.dispose()
        return found

    rows = project.execute("SELECT * FROM base ORDER BY id")
    return (asyncio.run(work()), project.marks, rows)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_kill_at_any_statement_leaves_the_database_unchanged(
    tmp_path: Path, dialect: str, request: pytest.FixtureRequest
) -> None:
    project = begun(tmp_path, request.getfixturevalue(f"{dialect}_url"))
    project.write_revision("b", "a", FIVE, BACK)
    before = everything(project)
    for number in count(1):
        if not killed(project, number):
            break
        assert everything(project) == before
    assert number > 6
    assert project.marks == ["b"]


def test_a_kill_on_mysql_is_found_and_mended_by_what_status_prints(
    tmp_path: Path, mysql_url: str
) -> None:
    project = begun(tmp_path, mysql_url)
    project.write_revision("b", "a", FIVE, BACK)
    before = everything(project)
    upgrade(project.environment(), "head", silent)
    after = everything(project)
    assert project.asa("downgrade").returncode == 0
    project.execute("UPDATE base SET name = 'x'")
    told = []
    for number in range(1, 7):
        assert killed(project, number)
        half = half_applied(project, mysql_url)
        told.append(half and tuple(len(half[part]) for part in ("done", "unknown", "left")))
        if half and number % 2:
            project.execute(*half["undo"])
            assert everything(project) == before
            assert half_applied(project, mysql_url) is None
            continue
        if half:
            project.execute(*half["unknown"], *half["finish"]["sql"])
            assert project.asa(*half["finish"]["then"].split()[1:]).returncode == 0
            assert everything(project) == after
            assert project.asa("downgrade").returncode == 0
        assert everything(project) == before
    # The update shows in no schema; where something after it is done, it was done before.
    assert told == [None, (1, 0, 4), (2, 1, 2), (2, 1, 2), (4, 0, 1), (5, 0, 0)]


def half_applied(project: Project, scratch: str) -> Any:
    """Return what `asa status` says of a half applied revision."""
    done = project.asa("status", "--format", "json", ASA_SCRATCH=scratch)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["half_applied"]


def test_a_failure_on_mysql_is_finished_once_the_rows_are_mended(
    tmp_path: Path, mysql_url: str
) -> None:
    project = begun(tmp_path, mysql_url)
    unique = "op.create_index('ux', 'base', ['name'], unique=True)"
    first, *_, last = FIVE.split("; ")[:2]
    project.write_revision("b", "a", f"{first}; {unique}; {last}")
    with pytest.raises(MigrationError) as caught:
        upgrade(project.environment(), "head", silent)
    assert "CREATE TABLE t" in dict(caught.value.details)["done"]
    assert caught.value.hint.startswith("asa status ")
    done = project.asa("status", ASA_SCRATCH=mysql_url)
    rows = done.stdout.splitlines()
    assert "  ✗ b step b   1 of 3 statements are done" in rows
    start = rows.index("  to finish it") + 1
    sql = [row.strip() for row in rows[start : rows.index("    asa stamp b")]]
    assert [row.split()[0] for row in sql] == ["CREATE", "ALTER"]
    assert rows[-1] == "next  run the SQL that finishes it, then asa stamp b"
    assert all(len(row) <= 80 for row in rows)
    project.execute("UPDATE base SET name = 'y' WHERE id = 2")
    project.execute(*sql)
    assert project.asa("stamp", "b").returncode == 0
    assert project.asa("upgrade").stdout.splitlines()[-1].endswith("at b step b")


def test_a_revision_that_cannot_go_on_is_undone(tmp_path: Path, mysql_url: str) -> None:
    project = begun(tmp_path, mysql_url)
    first, *_ = FIVE.split("; ")
    wrong = f"{first}; op.execute('ALTER TABLE nowhere ADD COLUMN x int')"
    project.write_revision("b", "a", wrong, "op.drop_table('t')")
    with pytest.raises(MigrationError):
        upgrade(project.environment(), "head", silent)
    half = half_applied(project, mysql_url)
    assert "nowhere" in half["obstacle"]
    assert half["finish"] is None
    project.execute(*half["undo"])
    assert "t" not in project.tables()
